/** What an installation of Business Central has set, and what the sandbox lets a test set. */
export type Settings = {
  clientId: string;
  clientSecret: string;
  /** Publisher, group and version of the custom pages. */
  customApi: string;
  /** Companies where nobody has installed those pages: they have API v2.0 alone (D-02). */
  plainCompanies: string[];
  tokenSeconds: number;
  /** A posted memo has its draft's id, or another (D-28). */
  draftIdSurvives: boolean;
  /** Lines of `createCreditMemo` are taxed at the invoice's rate, or at today's (D-21). */
  tiedTaxRate: "invoice" | "today";
  /** Server pages; `Prefer: odata.maxpagesize` can only make them smaller. */
  pageSize: number;
  /** Requests in a sliding window; over it 429. */
  rateLimit: { requests: number; windowMs: number };
  /** Notifications wait for this long after the first change, so that changes coalesce. */
  notifyAfterMs: number;
  /** More changes than this of one subscription become one `collection` notification. */
  collectionOver: number;
  subscriptionMs: number;
  handshakeMs: number;
  retryDelays: number[];
};

const MINUTE = 60_000;

export const standardSettings: Omit<Settings, "clientId" | "clientSecret"> = {
  customApi: "contoso/returns/v1.0",
  plainCompanies: ["CA02"],
  tokenSeconds: 3599,
  draftIdSurvives: true,
  tiedTaxRate: "invoice",
  pageSize: 20_000,
  rateLimit: { requests: 6000, windowMs: 5 * MINUTE },
  notifyAfterMs: 30_000,
  collectionOver: 1000,
  subscriptionMs: 3 * 24 * 60 * MINUTE,
  handshakeMs: 10_000,
  // 36 hours in all.
  retryDelays: [1, 5, 15, 60, 180, 360, 720, 819].map((minutes) => minutes * MINUTE),
};
