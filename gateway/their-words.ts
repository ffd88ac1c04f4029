import type { GraphQLFormattedError } from "graphql";
import { coded, type CodedError } from "#shared/errors.ts";
import type { Log } from "#shared/log.ts";

/** What a subgraph that isn't ours can say to a client, in our sentences. */
const sentences: Readonly<Record<string, (subgraph: string) => CodedError>> = {
  FORBIDDEN: () => coded("FORBIDDEN"),
  BAD_USER_INPUT: (name) =>
    coded("BAD_USER_INPUT", { problem: `The subgraph ${name} doesn't take what it was given.` }),
  SYSTEM_UNAVAILABLE: (name) => coded("SYSTEM_UNAVAILABLE", { system: name }),
  OVERLOADED: () => coded("OVERLOADED"),
  CURSOR_INVALID: () => coded("CURSOR_INVALID"),
  CURSOR_EXPIRED: () => coded("CURSOR_EXPIRED"),
};

/** Errors of a subgraph that isn't ours: what it means is told in our words; its texts and details go into the log only (G-15). What we have no sentence for loses its code, and is masked at the door. */
export const inOurWords = (
  errors: readonly GraphQLFormattedError[],
  subgraph: string,
  log: Log,
): readonly GraphQLFormattedError[] =>
  errors.map(({ message, path, extensions }) => {
    const code = String(extensions?.["code"]);
    const said = Object.hasOwn(sentences, code) ? sentences[code]?.(subgraph) : undefined;
    const where = isPath(path) ? { path } : {};
    if (!said) return { message, ...where };
    log.info({ subgraph, code, theirs: message }, "a subgraph that isn't ours said so");
    return { message: said.message, ...where, extensions: said.extensions };
  });

/** Names of GraphQL and indices; anything else is no path, but a word of theirs. */
const isPath = (path: unknown): path is readonly (string | number)[] =>
  Array.isArray(path) &&
  path.every((part) => Number.isInteger(part) || (typeof part === "string" && /^\w+$/.test(part)));
