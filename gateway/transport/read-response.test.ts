import assert from "node:assert/strict";
import { test } from "node:test";
import { createResponseReader, type Reply } from "./read-response.ts";

/** The replies of these bytes, come in pieces of a length, and of the end of the connection. */
function read(text: string, piece: number): Reply[] {
  const bytes = Buffer.from(text);
  const { take, end } = createResponseReader();
  const replies: (Reply | undefined)[] = [];
  for (let at = 0; at < bytes.length; at += piece) replies.push(take(bytes.subarray(at, at + piece)));
  return [...replies, end()].filter((reply) => reply !== undefined);
}
const pieces = [1, 2, 3, 7, 64, 100_000];
const ok = (fields: string, body: string) => `HTTP/1.1 200 OK\r\n${fields}\r\n${body}`;

test("a response is read by length, in chunks or until the end, in whatever pieces it comes", () => {
  const body = `{"data":"Zürich “5”"}`;
  const length = Buffer.byteLength(body);
  const [first, second] = [Buffer.from(body).subarray(0, 10), Buffer.from(body).subarray(10)];
  const chunks = `a;x=y\r\n${first.toString()}\r\n${second.length.toString(16)}\r\n${second.toString()}\r\n0\r\n`;
  const forms: [string, number][] = [
    [ok(`Content-Length: ${length}\r\nKeep-Alive: timeout=72\r\n`, body), 71_000],
    [ok(`Transfer-Encoding: chunked\r\n`, `${chunks}\r\n`), 4_000],
    [ok(`transfer-encoding:chunked\r\n`, `${chunks}x-trailer: 1\r\n\r\n`), 4_000],
    [`HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${ok(`connection: close\r\ncontent-length:${length}\r\n`, body)}`, 0],
    [`HTTP/1.0 200 OK\r\ncontent-length: ${length}\r\n\r\n${body}`, 0],
    [ok("", body), 0],
  ];
  for (const [text, keepMs] of forms)
    for (const piece of pieces) assert.deepEqual(read(text, piece), [{ status: 200, text: body, keepMs }], text);
});

test("a chunk may look like the end of all chunks", () => {
  const body = "0\r\n\r\n";
  for (const piece of pieces)
    assert.equal(read(ok("transfer-encoding: chunked\r\n", `5\r\n${body}\r\n0\r\n\r\n`), piece)[0]?.text, body);
});

test("one response after the other comes from one connection; some have no body", () => {
  const { take } = createResponseReader();
  const none = `HTTP/1.1 204 No Content\r\n\r\n`;
  for (const text of [
    ok("content-length: 2\r\n", "{}"),
    none,
    ok("transfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
  ])
    assert.equal(take(Buffer.from(text))?.text, text === none ? "" : "{}");
});

test("what is not a response of HTTP/1.1, is too large or goes on after its end is refused", () => {
  const wrong = [
    "SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "HTTP/2 200\r\n\r\n",
    ok("content-length: -1\r\n", ""),
    ok("content-length: 1, 2\r\n", "{}"),
    ok("content-length: 99999999999\r\n", ""),
    ok("transfer-encoding: gzip, chunked\r\n", ""),
    ok("transfer-encoding: chunked\r\n", "xyz\r\n\r\n"),
    ok("transfer-encoding: chunked\r\n", "2\r\n{}!!0\r\n\r\n"),
    ok("content-length: 2\r\n", "{}HTTP/1.1 200 OK\r\n"),
    ok("transfer-encoding: chunked\r\n", "0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"),
    `HTTP/1.1 200 OK\r\nx: ${"x".repeat(40_000)}`,
  ];
  for (const text of wrong) assert.throws(() => read(text, 100_000), /response/, text.slice(0, 80));
});

test("a response that is cut short is none", () => {
  assert.deepEqual(read(ok("content-length: 3\r\n", "{}"), 5), []);
  assert.deepEqual(read(ok("transfer-encoding: chunked\r\n", "2\r\n{}\r\n"), 5), []);
});
