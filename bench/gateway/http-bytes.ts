import { createServer, type Server, type Socket } from "node:net";

// Just enough HTTP/1.1 for the two ends of a benchmark on one machine: keep-alive, bodies by content-length or in chunks, no errors but broken connections.

export type Message = {
  /** Request line or status line, and headers. */
  readonly head: string;
  /** A copy; the reader's buffer is used again. */
  readonly body: Buffer;
};

/** Reads the messages of one connection out of its chunks, and calls back with each. */
export function createReader(onMessage: (message: Message) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    let buffer = rest ? Buffer.concat([rest, chunk]) : chunk;
    rest = undefined;
    for (;;) {
      const taken = takeMessage(buffer);
      if (!taken) break;
      onMessage(taken.message);
      buffer = buffer.subarray(taken.length);
    }
    if (buffer.length > 0) rest = buffer;
  };
}

function takeMessage(buffer: Buffer): { message: Message; length: number } | undefined {
  const end = buffer.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = buffer.toString("latin1", 0, end);
  const start = end + 4;
  const [, size] = /\r\ncontent-length: *(\d+)/i.exec(head) ?? [];
  if (size === undefined && /\r\ntransfer-encoding: *chunked/i.test(head)) return takeChunks(buffer, head, start);
  const length = start + Number(size ?? 0);
  return buffer.length < length ? undefined : { message: { head, body: buffer.subarray(start, length) }, length };
}

function takeChunks(buffer: Buffer, head: string, start: number) {
  const parts: Buffer[] = [];
  for (let at = start; ;) {
    const line = buffer.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const size = Number.parseInt(buffer.toString("latin1", at, line), 16);
    const next = line + 2 + size + 2;
    if (buffer.length < next) return undefined;
    if (size === 0) return { message: { head, body: Buffer.concat(parts) }, length: next };
    parts.push(buffer.subarray(line + 2, line + 2 + size));
    at = next;
  }
}

/** A server of these answers: for each request the bytes of a whole response, in the order of the requests. */
export function createBytesServer(answer: (request: Message) => Buffer | Promise<Buffer>): Server {
  return createServer({ noDelay: true }, (socket: Socket) => {
    let waiting: Promise<unknown> | undefined;
    const read = createReader((request) => {
      const bytes = answer(request);
      if (!waiting && Buffer.isBuffer(bytes)) return void socket.write(bytes);
      const turn = Promise.all([bytes, waiting]).then(
        ([ready]) => socket.write(ready),
        (error: unknown) => socket.destroy(error as Error),
      );
      waiting = turn;
      void turn.then(() => {
        if (waiting === turn) waiting = undefined;
      });
    });
    socket.on("data", read);
    // Gateways close their connections as they like; nothing here depends on one.
    socket.on("error", () => socket.destroy());
  });
}

export const jsonAnswer = (text: string): Buffer =>
  Buffer.from(
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\nconnection: keep-alive\r\n\r\n${text}`,
  );
