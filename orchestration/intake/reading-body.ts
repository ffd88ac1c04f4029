import type { IncomingMessage } from "node:http";
import { coded } from "#shared/errors.ts";

const limit = 1_048_576;
const seconds = 10;

/** The raw bytes of a delivery. Throws BODY_TOO_LARGE and REQUEST_TIMEOUT. */
export async function readBody(request: IncomingMessage): Promise<Buffer> {
  if (Number(request.headers["content-length"] ?? 0) > limit) throw coded("BODY_TOO_LARGE", { limit });
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(coded("REQUEST_TIMEOUT", { seconds })), seconds * 1000);
  try {
    return await Promise.race([collect(request), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

async function collect(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw coded("BODY_TOO_LARGE", { limit });
    parts.push(part);
  }
  return Buffer.concat(parts);
}
