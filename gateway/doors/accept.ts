import { badRequest } from "./answers.ts";
import { MEDIA, type MediaType } from "./media.ts";

/** Types in the order we prefer them where the client doesn't care. */
const ours: readonly MediaType[] = [MEDIA.json, MEDIA.response, MEDIA.stream];

/** Clients say the same again and again; what they say is kept as long as it is little. */
const KEPT = 100;
const KEPT_LENGTH = 200;
const chosen = new Map<string, MediaType>();

/** Which of our types the client wants most; 406 when none is acceptable. Nothing said means application/json (GraphQL over HTTP, until its watershed is everybody's). */
export function chooseMediaType(accept: string | undefined): MediaType {
  if (accept === undefined || accept.trim() === "") return MEDIA.json;
  const known = chosen.get(accept);
  if (known) return known;
  const type = choose(accept);
  if (chosen.size < KEPT && accept.length < KEPT_LENGTH) chosen.set(accept, type);
  return type;
}

function choose(accept: string): MediaType {
  let best: { type: MediaType; quality: number } | undefined;
  for (const { pattern, quality } of rangesOf(accept)) {
    const type = ours.find((each) => matches(pattern, each));
    if (type === undefined || quality === 0 || (best && best.quality >= quality)) continue;
    best = { type, quality };
  }
  if (!best) throw badRequest(406, `Accept has to allow one of ${ours.join(", ")}.`);
  return best.type;
}

function rangesOf(accept: string): { pattern: string; quality: number }[] {
  return accept.split(",").flatMap((range) => {
    const [pattern = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    // GraphQL over HTTP is UTF-8 only.
    if (parameters.some((parameter) => parameter.startsWith("charset=") && !/^charset="?utf-?8"?$/.test(parameter)))
      return [];
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    return [{ pattern, quality: quality === undefined ? 1 : Number(quality.slice(2)) || 0 }];
  });
}

function matches(pattern: string, type: MediaType): boolean {
  if (pattern === "*/*" || pattern === type) return true;
  return pattern.endsWith("/*") && type.startsWith(pattern.slice(0, -1));
}
