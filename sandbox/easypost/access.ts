import { timingSafeEqual } from "node:crypto";
import type { SandboxRequest } from "../http.ts";
import { EasyPostError } from "./answers.ts";

/** HTTP Basic with the API key as the user and no password; throws 401. */
export function authenticate(apiKey: string, { headers }: SandboxRequest): void {
  const wanted = Buffer.from(`Basic ${Buffer.from(`${apiKey}:`).toString("base64")}`);
  const given = Buffer.from(headers["authorization"] ?? "");
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
    throw new EasyPostError(
      401,
      "APIKEY.INACTIVE",
      "This api key is no longer active. Please use a different api key.",
    );
}

/** Counts requests over the last second; over the limit 429. */
export function createLimiter(requestsPerSecond: number) {
  let arrivals: number[] = [];
  return () => {
    const at = performance.now();
    arrivals = arrivals.filter((time) => time > at - 1_000);
    if (arrivals.length >= requestsPerSecond)
      throw new EasyPostError(429, "RATE_LIMITED", "You are being rate limited, please try again later.");
    arrivals.push(at);
  };
}
