import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { endEarly } from "./answer-early.ts";
import { listen, stopServer } from "./listen.ts";

test("who sends on and reads the answer only then has it whole, and the connection ends", async () => {
  const server = createServer((_, response) => {
    response.writeHead(413, { "content-length": 2, connection: "close" });
    endEarly(response, "no");
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" });
  const body = Buffer.alloc(8 * 1024 * 1024);
  const socket = connect(port, "127.0.0.1").pause();
  await once(socket, "connect");
  const sent = Promise.withResolvers<void>();
  socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body, (error) => (error ? sent.reject(error) : sent.resolve()));
  await sent.promise;
  assert.match(await text(socket), /^HTTP\/1\.1 413 [^]*\r\n\r\nno$/);
  await stopServer(server);
});
