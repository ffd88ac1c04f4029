import { type DocumentNode, GraphQLError, type GraphQLSchema, parse, validate } from "graphql";
import { badDeprecations, deprecated, readDeprecation } from "./deprecations.ts";
import { breakingChanges, type Change } from "./schema-changes.ts";
import { usesOf } from "./schema-uses.ts";

/** One schema that clients see: the full one, or a partner's contract. */
export type Surface = {
  readonly name: string;
  /** What is kept to; undefined for a surface that is new. */
  readonly before: GraphQLSchema | undefined;
  readonly after: GraphQLSchema;
};

/** A document that a client is known to send. */
export type KnownDocument = {
  /** `service-ui`, `partner cascade-3pl`, `tools/follow.ts`. */
  readonly client: string;
  readonly name: string;
  readonly source: string;
};
export type Known = { readonly surface: Surface; readonly documents: readonly KnownDocument[] };

/** `problems` refuse the schema, `notes` don't; each is a sentence. */
export type Verdict = { readonly problems: readonly string[]; readonly notes: readonly string[] };

/** Compares each surface with what it was and validates its documents; a breaking change names the clients that it breaks. */
export function checkSurface({ surface, documents }: Known, today: string): Verdict {
  const { name, before, after } = surface;
  const read = documents.map((document) => readDocument(document, surface));
  const changes = before && before !== after ? breakingChanges(before, after, today) : [];
  const problems = [
    ...changes.map((change) => `${name}: ${change.sentence} ${breaks(change, read)}`),
    ...read.flatMap(({ of, errors }) => errors.map((error) => `${of.client}: ${of.name} does not validate: ${error}`)),
    ...badDeprecations(after).map((sentence) => `${name}: ${sentence}`),
  ];
  return { problems, notes: read.flatMap((each) => soonGone(each, after)) };
}

type Read = { readonly of: KnownDocument; readonly errors: readonly string[]; readonly uses: ReadonlySet<string> };

function readDocument(of: KnownDocument, { before, after }: Surface): Read {
  const document = parseOrSay(of.source);
  if (typeof document === "string") return { of, errors: [document], uses: new Set() };
  const errors = validate(after, document).map(({ message }) => message);
  const uses = new Set([...(before ? usesOf(before, document) : []), ...usesOf(after, document)]);
  return { of, errors, uses };
}

function parseOrSay(source: string): DocumentNode | string {
  try {
    return parse(source);
  } catch (error) {
    if (error instanceof GraphQLError) return error.message;
    throw error;
  }
}

function breaks({ touches }: Change, documents: readonly Read[]): string {
  const hit = documents.filter(({ uses }) => touches.some((at) => uses.has(at))).map(({ of }) => of);
  const clients = [...new Set(hit.map(({ client }) => client))].map((client) => {
    const names = hit.filter((each) => each.client === client).map(({ name }) => name);
    return `${client} (${names.join(", ")})`;
  });
  return clients.length > 0
    ? `This breaks ${clients.join("; ")}.`
    : "No document known here uses it, but somebody may: deprecate it with a date and a replacement first (G-06).";
}

/** What a client still uses that goes on a day. */
const soonGone = ({ of, uses }: Read, schema: GraphQLSchema): string[] =>
  [...deprecated(schema)]
    .filter(([at]) => uses.has(at))
    .map(([at, reason]) => {
      const { instead, until } = readDeprecation(reason) ?? { instead: "?", until: "?" };
      return `${of.client}: ${of.name} uses ${at}, which may go on ${until}: use \`${instead}\`.`;
    });
