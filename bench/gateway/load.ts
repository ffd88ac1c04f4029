import { createHash } from "node:crypto";
import { connect, type Socket } from "node:net";
import { createReader, type Message } from "./http-bytes.ts";

/** How one target is asked, page by page; the page is in `body`, or in `path` for a GET. */
export type Asking = {
  readonly port: number;
  readonly requests: readonly { readonly path: string; readonly body: string }[];
  readonly headers: Readonly<Record<string, string>>;
};
export type Measured = { readonly requests: number; readonly seconds: number; readonly latenciesMs: Float64Array };

const ANSWER_MS = 30_000;

/** Asks every page once and gives the hash of each answer's data, whatever the order of its keys; an answer with errors, or none, is thrown. */
export async function readAnswers(asking: Asking): Promise<{ hashes: string[]; bytes: number[] }> {
  const { requests } = asking;
  const answers: Buffer[] = [];
  await drive(
    { asking, connections: 4, next: (count) => (count < requests.length ? count : undefined) },
    (page, { head, body }) => {
      if (!head.startsWith("HTTP/1.1 200"))
        throw new Error(`${head.split("\r\n")[0]}: ${body.toString("utf8", 0, 300)}`);
      answers[page] = Buffer.from(body);
    },
  );
  return { hashes: answers.map(hashOf), bytes: answers.map(({ length }) => length) };
}

function hashOf(body: Buffer): string {
  const { data, errors } = JSON.parse(body.toString("utf8")) as { data?: unknown; errors?: unknown };
  if (errors !== undefined) throw new Error(`answered with errors: ${JSON.stringify(errors).slice(0, 500)}`);
  return hashOfData(data);
}

/** The hash of data whatever the order of its keys. */
export const hashOfData = (data: unknown): string =>
  createHash("sha256")
    .update(JSON.stringify(sorted(data)))
    .digest("hex");

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** Asks as fast as answers come for so many seconds, or so many times. Every answer has to be a 200 of the length its page had when it was read. */
export async function measure(
  asking: Asking,
  how: { seconds: number; requests?: number; connections: number; distinct: boolean; bytes: readonly number[] },
): Promise<Measured> {
  const latencies: number[] = [];
  const pages = asking.requests.length;
  const began = performance.now();
  const until = began + how.seconds * 1_000;
  const { distinct, requests = Infinity } = how;
  const isOver = (count: number) => count >= requests || performance.now() >= until;
  const next = (count: number) => (isOver(count) ? undefined : distinct ? count % pages : 0);
  await drive({ asking, connections: how.connections, next }, (page, { head, body }, ms) => {
    if (!head.startsWith("HTTP/1.1 200") || body.length !== how.bytes[page])
      throw new Error(`page ${page} was answered differently under load: ${head}\r\n${body.toString("utf8", 0, 300)}`);
    latencies.push(ms);
  });
  return {
    requests: latencies.length,
    seconds: (performance.now() - began) / 1_000,
    latenciesMs: Float64Array.from(latencies).toSorted(),
  };
}

type Driving = { asking: Asking; connections: number; next: (count: number) => number | undefined };
type OnAnswer = (page: number, message: Message, ms: number) => void;

/** Keep-alive connections with one request under way on each; `next` says which page comes after so many, or that it is over. */
async function drive({ asking, connections, next }: Driving, onAnswer: OnAnswer): Promise<void> {
  const requests = asking.requests.map((request) => bytesOf(asking, request));
  let count = 0;
  const take = () => {
    const page = next(count);
    count += 1;
    return page;
  };
  const sockets = new Set<Socket>();
  try {
    const lanes = Array.from({ length: connections }, () => lane(asking.port, sockets, requests, take, onAnswer));
    await Promise.all(lanes);
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function lane(
  port: number,
  sockets: Set<Socket>,
  requests: readonly Buffer[],
  take: () => number | undefined,
  onAnswer: OnAnswer,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  sockets.add(socket);
  let page: number | undefined;
  let sent = 0;
  const ask = () => {
    page = take();
    if (page === undefined) return resolve();
    sent = performance.now();
    socket.write(requests[page]!);
  };
  const read = createReader((message) => {
    try {
      onAnswer(page ?? 0, message, performance.now() - sent);
    } catch (error) {
      return reject(error as Error);
    }
    ask();
  });
  socket.setTimeout(ANSWER_MS, () => reject(new Error(`no answer on port ${port} for ${ANSWER_MS} ms`)));
  socket.on("connect", ask).on("data", read).on("error", reject);
  socket.on("close", () => reject(new Error(`port ${port} closed a connection before it answered`)));
  return promise;
}

function bytesOf({ headers, port }: Asking, { path, body }: { path: string; body: string }): Buffer {
  const given = {
    host: `127.0.0.1:${port}`,
    accept: "application/json",
    "content-type": "application/json",
    ...headers,
  };
  const lines = Object.entries(given).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines.join("")}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
