import type { IncomingHttpHeaders } from "node:http";
import type { Caller } from "#shared/caller.ts";
import { refusal } from "../access/refusals.ts";

/** From which pages of other origins who may ask; browsers say in `Origin` where a page comes from (G-11). */
export type Origins = {
  /** For people and machines. */
  readonly ours: ReadonlySet<string>;
  /** Those of a partner's bundle. */
  readonly ofPartner: (partner: string) => readonly string[];
  /** Whether it is one of any partner's: what a preflight, which has no credentials, is answered by. */
  readonly isAnyPartners: (origin: string) => boolean;
};

/** Clients that are no browser send no Origin; a page that we served sends the address that it called. */
function isOwn({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  return URL.canParse(origin) && new URL(origin).host === host;
}

/** Whether anybody could ask from there; the caller is not known yet. */
export const couldAsk = (origins: Origins, headers: IncomingHttpHeaders): boolean =>
  isOwn(headers) || origins.ours.has(String(headers.origin)) || origins.isAnyPartners(String(headers.origin));

/** Throws FORBIDDEN when this caller's requests don't come from there. */
export function checkOrigin(origins: Origins, headers: IncomingHttpHeaders, caller: Caller): void {
  if (isOwn(headers)) return;
  const allowed = caller.partner === null ? [...origins.ours] : origins.ofPartner(caller.partner);
  if (!allowed.includes(String(headers.origin))) throw foreignOrigin();
}

export const foreignOrigin = () => refusal("FORBIDDEN", "Requests from pages of this origin are not taken.");

/** What lets a page of another origin read the answer; nothing for our own and for none. */
export function corsHeaders(origins: Origins, headers: IncomingHttpHeaders): Record<string, string> {
  if (headers.origin === undefined || isOwn(headers) || !couldAsk(origins, headers)) return {};
  return {
    "access-control-allow-origin": headers.origin,
    "access-control-expose-headers": "x-correlation-id",
  };
}

export const preflightHeaders = {
  "access-control-allow-methods": "GET, POST",
  "access-control-allow-headers": "authorization, content-type, x-api-key, x-correlation-id, x-backhaul-deadline-ms",
  "access-control-max-age": "600",
} as const;
