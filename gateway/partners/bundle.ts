import type { PartnerRows } from "#shared/caller.ts";
import type { ApiKey } from "./api-keys.ts";

export const SCOPES = ["returns:read", "returns:request", "status:report", "milestones:follow"] as const;
export type Scope = (typeof SCOPES)[number];

/** A document that a partner registered: the only thing it may send, by its id. */
export type TrustedDocument = {
  /** As its manifest names it; `sha256:<hex>` of the text for a `.graphql` file. */
  readonly id: string;
  readonly source: string;
  /** The file it stands in, from the bundle's folder. */
  readonly file: string;
  /** Its place in that file, for sentences: `operations.2`; null where the file is one document. */
  readonly member: string | null;
};

/** What one partner may see, send and spend; immutable, replaced as a whole when its folder changes. */
export type Bundle = {
  /** The partner's id, which is its folder's name. */
  readonly id: string;
  readonly name: string;
  /** Tags: what carries none of them is invisible to the partner (G-13). */
  readonly contract: { readonly include: readonly string[] };
  readonly documents: readonly TrustedDocument[];
  readonly scopes: readonly Scope[];
  readonly companies: readonly string[];
  readonly sites: readonly string[] | null;
  readonly rows: PartnerRows;
  /** Of demand control, which will enforce it. */
  readonly budget: { readonly costPerDocument: number; readonly costPerMinute: number };
  /** Of the rate limits, which will enforce it. */
  readonly quota: { readonly requestsPerMinute: number; readonly subscriptions: number };
  /** Of browsers: `https://portal.example`. */
  readonly origins: readonly string[];
  readonly keys: readonly ApiKey[];
};
