import { isNode, type Document, type LineCounter } from "yaml";
import type { Path } from "./systems-mistakes.ts";

/** Where a setting is written: at its system, else in the vendor's defaults, else the nearest thing above that is written. */
export function locate(document: Document, lines: LineCounter, at: Path): { written: Path; line: number } {
  const own = lineOf(document, lines, at);
  if (own !== undefined || at[0] !== "systems" || at.length < 3) return { written: at, line: own ?? 1 };
  const vendor = document.getIn(["systems", at[1], "vendor"]);
  const fallback: Path = ["defaults", String(vendor), ...at.slice(2)];
  const inherited = lineOf(document, lines, fallback);
  if (inherited !== undefined) return { written: fallback, line: inherited };
  for (let above = at.slice(0, -1); above.length > 0; above = above.slice(0, -1)) {
    const line = lineOf(document, lines, above);
    if (line !== undefined) return { written: at, line };
  }
  return { written: at, line: 1 };
}

function lineOf(document: Document, lines: LineCounter, at: Path): number | undefined {
  const parent = at.length > 1 ? document.getIn(at.slice(0, -1), true) : document.contents;
  const key = at.at(-1);
  const items = (parent as { items?: { key?: { value?: unknown; range?: [number, number, number] | null } }[] } | null)
    ?.items;
  const pair = items?.find((item) => item.key?.value === key);
  const node = pair?.key ?? (document.hasIn(at) ? document.getIn(at, true) : undefined);
  const start = isNode(node) ? node.range?.[0] : pair?.key?.range?.[0];
  return start === undefined ? undefined : lines.linePos(start).line;
}
