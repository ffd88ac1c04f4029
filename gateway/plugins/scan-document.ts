import { GraphQLError, Lexer, Source, type Token, TokenKind } from "graphql";
import { refuseOver } from "./limits.ts";

/** What the text of a document shows without being parsed. */
export type Scan = { readonly tokens: number; readonly introspects: boolean };

const opening: ReadonlySet<string> = new Set([TokenKind.BRACE_L, TokenKind.BRACKET_L, TokenKind.PAREN_L]);
const closing: ReadonlySet<string> = new Set([TokenKind.BRACE_R, TokenKind.BRACKET_R, TokenKind.PAREN_R]);

/**
 * Reads a document's tokens once, from left to right, and throws TOO_COSTLY at the first that is over a limit: a hostile document costs no more than
 * `LIMITS.tokens` tokens, and the parser, which recurses, and validation, which compares fields of one name with each other, never see it.
 * What is not GraphQL is left for the parser to say.
 */
export function scanDocument(text: string): Scan {
  refuseOver("characters", text.length);
  const used = { tokens: 0, nesting: 0, aliases: 0, directives: 0 };
  const names = new Map<string, number>();
  let parens = 0;
  let introspects = false;
  for (const [token, before, beforeThat] of tokensOf(text)) {
    refuseOver("tokens", (used.tokens += 1));
    if (opening.has(token.kind)) refuseOver("nesting", (used.nesting += 1));
    if (closing.has(token.kind)) used.nesting -= 1;
    if (token.kind === TokenKind.PAREN_L) parens += 1;
    if (token.kind === TokenKind.PAREN_R) parens -= 1;
    if (token.kind === TokenKind.AT) refuseOver("directives", (used.directives += 1));
    if (parens > 0 || used.nesting === 0) continue;
    if (token.kind === TokenKind.COLON) refuseOver("aliases", (used.aliases += 1));
    if (!isFieldName(token, before, beforeThat)) continue;
    if (token.value === "__schema" || token.value === "__type") introspects = true;
    if (before?.kind === TokenKind.COLON) continue;
    const repeats = (names.get(token.value) ?? 0) + 1;
    names.set(token.value, repeats);
    refuseOver("repeats", repeats);
  }
  return { tokens: used.tokens, introspects };
}

/** Each token with the two before it; ends early where the text is not GraphQL. */
function* tokensOf(text: string): Generator<[Token, Token | undefined, Token | undefined]> {
  const lexer = new Lexer(new Source(text));
  let [before, beforeThat]: (Token | undefined)[] = [];
  for (;;) {
    const token = next(lexer);
    if (token === undefined || token.kind === TokenKind.EOF) return;
    yield [token, before, beforeThat];
    [before, beforeThat] = [token, before];
  }
}

function next(lexer: Lexer): Token | undefined {
  try {
    return lexer.advance();
  } catch (error) {
    if (error instanceof GraphQLError) return undefined;
    throw error;
  }
}

/** A name of a field or its alias; not that of a directive, of a fragment or behind `... on`. */
function isFieldName(
  token: Token,
  before: Token | undefined,
  beforeThat: Token | undefined,
): token is Token & { value: string } {
  if (token.kind !== TokenKind.NAME || before?.kind === TokenKind.AT || before?.kind === TokenKind.SPREAD) return false;
  return !(beforeThat?.kind === TokenKind.SPREAD && before?.value === "on");
}

const KEPT_CHARACTERS = 10_000_000;

/** Scans each document once, as long as it is among the latest; a refused one is scanned again. */
export function createScanner(): (text: string) => Scan {
  const kept = new Map<string, Scan>();
  let characters = 0;
  return (text) => {
    const known = kept.get(text);
    if (known) return known;
    const scan = scanDocument(text);
    kept.set(text, scan);
    characters += text.length;
    for (const [oldest] of kept) {
      if (characters <= KEPT_CHARACTERS) break;
      kept.delete(oldest);
      characters -= oldest.length;
    }
    return scan;
  };
}
