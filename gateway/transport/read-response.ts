// HTTP/1.1 responses as they come out of a socket (RFC 9112): by length, in chunks, or until the connection ends.

const MAX_HEAD = 32 * 1024;
const MAX_BODY = 64 * 1024 * 1024;
/** An idle connection is let go so long before the other side would close it. */
const KEEP_MARGIN_MS = 1_000;
/** How long an idle connection is used where the other side doesn't say. */
const KEEP_MS = 4_000;

export type Reply = {
  readonly status: number;
  readonly text: string;
  /** For how long the connection may be used again, in ms; 0: not at all. */
  readonly keepMs: number;
};

export type ResponseReader = {
  /** Takes bytes (their memory may be used again afterwards); gives the reply once it is whole. Throws on what is not HTTP, is too large, or comes after the end. */
  readonly take: (bytes: Buffer) => Reply | undefined;
  /** The connection has ended: the reply, if it is one that ends so. */
  readonly end: () => Reply | undefined;
};

/** Reads one response after the other from one connection. */
export function createResponseReader(): ResponseReader {
  let head: Head | undefined;
  let kept: Buffer[] = [];
  let size = 0;

  const keep = (bytes: Buffer): undefined => {
    size += bytes.length;
    if (size > (head ? MAX_BODY : MAX_HEAD)) throw new Error("the response is too large");
    kept.push(Buffer.from(bytes));
  };
  const joined = (bytes: Buffer): Buffer => {
    if (size === 0) return bytes;
    const all = Buffer.concat([...kept, bytes]);
    kept = [];
    size = 0;
    return all;
  };
  const finish = ({ status, keepMs }: Head, body: Buffer): Reply => {
    head = undefined;
    return { status, text: body.toString("utf8"), keepMs };
  };

  const readBody = (known: Head, bytes: Buffer): Reply | undefined => {
    if (known.length === "until closed") return keep(bytes);
    if (known.length === "chunked") return readChunks(known, bytes);
    const missing = known.length - size - bytes.length;
    if (missing > 0) return keep(bytes);
    if (missing < 0) throw new Error("bytes came after the end of the response");
    return finish(known, joined(bytes));
  };
  const readChunks = (known: Head, bytes: Buffer): Reply | undefined => {
    // What has come is looked at as a whole when it may be all: the last chunk ends with an empty line.
    if (bytes.length >= 4 && bytes.toString("latin1", bytes.length - 4) !== "\r\n\r\n") return keep(bytes);
    const all = joined(bytes);
    const body = joinChunks(all);
    return body ? finish(known, body) : keep(all);
  };
  const readHead = (bytes: Buffer): Reply | undefined => {
    const end = bytes.indexOf("\r\n\r\n");
    if (end < 0) return keep(bytes);
    const read = parseHead(bytes.toString("latin1", 0, end));
    const rest = bytes.subarray(end + 4);
    if (read.status < 200) return readHead(rest);
    head = read;
    return readBody(read, rest);
  };

  return {
    take: (bytes) => (head ? readBody(head, bytes) : readHead(joined(bytes))),
    end: () => (head?.length === "until closed" ? finish(head, joined(Buffer.alloc(0))) : undefined),
  };
}

type Head = { readonly status: number; readonly keepMs: number; readonly length: number | "chunked" | "until closed" };

function parseHead(text: string): Head {
  const [, minor, digits] = /^HTTP\/1\.([01]) (\d{3})(?: |\r|$)/.exec(text) ?? [];
  if (digits === undefined) throw new Error("the response is not HTTP/1.1");
  const status = Number(digits);
  const length = lengthOf(status, text);
  const closes = minor === "0" || length === "until closed" || /\r\nconnection:[^\r]*\bclose\b/i.test(text);
  return { status, length, keepMs: closes ? 0 : keepMsOf(text) };
}

function lengthOf(status: number, text: string): Head["length"] {
  if (status < 200 || status === 204 || status === 304) return 0;
  if (/\r\ntransfer-encoding:/i.test(text)) {
    if (!/\r\ntransfer-encoding:[ \t]*chunked[ \t]*(?:\r|$)/i.test(text))
      throw new Error("the response has a transfer coding that was not asked for");
    return "chunked";
  }
  const [, given] = /\r\ncontent-length:[ \t]*([^\r]*?)[ \t]*(?:\r|$)/i.exec(text) ?? [];
  if (given === undefined) return "until closed";
  if (!/^\d{1,12}$/.test(given)) throw new Error("the response's length is not a number");
  const length = Number(given);
  if (length > MAX_BODY) throw new Error("the response is too large");
  return length;
}

function keepMsOf(text: string): number {
  const [, seconds] = /\r\nkeep-alive:[^\r]*\btimeout=(\d{1,6})/i.exec(text) ?? [];
  return seconds === undefined ? KEEP_MS : Math.max(0, Number(seconds) * 1_000 - KEEP_MARGIN_MS);
}

/** The body in these chunks; undefined while the last one is not whole. */
function joinChunks(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const line = bytes.indexOf("\r\n", at);
    if (line < 0) return undefined;
    const [, digits] = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(bytes.toString("latin1", at, line)) ?? [];
    if (digits === undefined) throw new Error("the response's chunks can't be read");
    const start = line + 2;
    const end = start + Number.parseInt(digits, 16);
    // After the last chunk come fields that nobody asked for, and an empty line.
    if (end === start) return endsHere(bytes, line) ? Buffer.concat(parts) : undefined;
    if (bytes.length < end + 2) return undefined;
    if (bytes[end] !== 13 || bytes[end + 1] !== 10) throw new Error("the response's chunks can't be read");
    parts.push(bytes.subarray(start, end));
    at = end + 2;
  }
}

/** Whether the first empty line from here is the end of the bytes. */
function endsHere(bytes: Buffer, from: number): boolean {
  const end = bytes.indexOf("\r\n\r\n", from);
  if (end >= 0 && end + 4 < bytes.length) throw new Error("bytes came after the end of the response");
  return end >= 0;
}
