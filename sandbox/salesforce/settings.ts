/** What an org has set, and what the sandbox lets a test set. */
export type Settings = {
  /** The connected app: its consumer key, and the certificate that was uploaded for it (a public key in PEM). */
  consumerKey: string;
  certificate: string;
  /** The integration user that the app may act for. */
  username: string;
  /** Who the assertions must be for. */
  audience: string;
  /** The API versions that the org answers to. */
  versions: { oldest: number; newest: number };
  /** A session that nobody uses ends after so long. */
  sessionMs: number;
  /** Records on a page of a query unless the client asks for fewer (at least 200). */
  pageSize: number;
  /** API calls that the org has in 24 hours. */
  dailyRequests: number;
};

export const standardSettings: Omit<Settings, "consumerKey" | "certificate" | "username"> = {
  audience: "https://login.salesforce.com",
  versions: { oldest: 31, newest: 62 },
  sessionMs: 2 * 60 * 60_000,
  pageSize: 2_000,
  dailyRequests: 100_000,
};
