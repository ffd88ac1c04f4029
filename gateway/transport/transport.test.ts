import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { type AddressInfo, createServer as createSocketServer, type Server } from "node:net";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { connectSecurely } from "./connect-securely.ts";
import { connectTransport } from "./transport.ts";

type Answer = (request: IncomingMessage, response: ServerResponse, body: string) => unknown;

/** A server of node's own in front of a transport. */
async function startServer(answer: Answer, connections = 4) {
  const server = createServer(async (request, response) => {
    // One whose time is over may be gone before it is read.
    const body = await text(request).catch(() => undefined);
    if (body !== undefined) await answer(request, response, body);
  });
  let opened = 0;
  server.on("connection", () => (opened += 1));
  const transport = connectTransport(new URL(`http://127.0.0.1:${await listening(server)}`), { connections });
  const post = (body: string, deadlineMs = 60_000) =>
    transport.post({ path: "/graphql?a=b", headers: "x-one: 1\r\n", body, deadlineMs });
  const stop = async () => {
    await transport.close();
    server.closeAllConnections();
    server.close();
  };
  return { server, transport, post, stop, opened: () => opened };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

test("a request says what it is, and its answer comes whatever the status and the alphabet", async () => {
  const { post, stop } = await startServer((request, response, body) => {
    const { method, url, headers } = request;
    response.writeHead(503).end(JSON.stringify([method, url, headers["content-type"], headers["x-one"], body]));
  });
  for (const body of ["{}", "Zürich “5” 🚚"]) {
    const { status, text: answer } = await post(body);
    assert.deepEqual([status, JSON.parse(answer)], [503, ["POST", "/graphql?a=b", "application/json", "1", body]]);
  }
  await stop();
});

test("the one for https says the same", async () => {
  const { server, stop } = await startServer((request, response, body) => {
    response.writeHead(503).end(JSON.stringify([request.url, request.headers["x-one"], body]));
  });
  const { port } = server.address() as AddressInfo;
  const transport = connectSecurely(new URL(`http://127.0.0.1:${port}`), { connections: 1 });
  const reply = await transport.post({
    path: "/graphql",
    headers: "x-one: a: 1\r\n",
    body: "“{}”",
    deadlineMs: 60_000,
  });
  assert.deepEqual([reply.status, JSON.parse(reply.text)], [503, ["/graphql", "a: 1", "“{}”"]]);
  await transport.close();
  await stop();
});

test("large answers come whole, connections are used again, and no more are opened than are allowed", async () => {
  const long = "ü".repeat(300_000);
  const { post, stop, opened } = await startServer((_, response, body) => response.end(body + long), 3);
  const bodies = Array.from({ length: 20 }, (_, at) => `${at}`);
  const answers = await Promise.all(bodies.map((body) => post(body)));
  assert.deepEqual(
    answers.map(({ text: answer }) => answer.slice(0, answer.indexOf("ü"))),
    bodies,
  );
  assert.ok(answers.every(({ text: answer }) => answer.endsWith(long)));
  assert.equal(opened(), 3);
  await stop();
});

test("an answer that doesn't come in time fails, and so does a request that found no connection; the next one gets through", async () => {
  const { promise: go, resolve } = Promise.withResolvers<void>();
  const { promise: never } = Promise.withResolvers<void>();
  const waits: Record<string, Promise<void>> = { busy: go, late: never };
  const { post, stop } = await startServer(async (_, response, body) => {
    await waits[body];
    response.end("ok");
  }, 1);
  const busy = post("busy");
  await assert.rejects(post("queued", 1), /no connection was free before the deadline/);
  resolve();
  assert.equal((await busy).text, "ok");
  await assert.rejects(post("late", 1), /no answer came before the deadline/);
  assert.equal((await post("next")).text, "ok");
  await stop();
});

test("a connection that the server closes is not used again", async () => {
  const { server, post, stop, opened } = await startServer((_, response, body) => {
    if (body === "close") response.setHeader("connection", "close");
    response.end("ok");
  });
  await post("close");
  await post("keep");
  assert.equal(opened(), 2);
  server.closeIdleConnections();
  // The server's end is heard before the answer of another origin.
  const other = await startServer((_, response) => response.end("ok"));
  await other.post("");
  await other.stop();
  assert.equal((await post("again")).text, "ok");
  assert.equal(opened(), 3);
  await stop();
});

test("a broken connection, nonsense and a port where nobody listens fail the request and nothing else", async () => {
  const lines = ["", "nonsense\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"];
  const server = createSocketServer((socket) =>
    socket.once("data", () => {
      const line = lines.shift();
      if (line) socket.write(line);
      else socket.destroy();
    }),
  );
  const port = await listening(server);
  const { post, close } = connectTransport(new URL(`http://127.0.0.1:${port}`), { connections: 1 });
  const exchange = { path: "/", headers: "", body: "{}", deadlineMs: 60_000 };
  await assert.rejects(post(exchange), /closed|ECONNRESET/);
  await assert.rejects(post(exchange), /not HTTP/);
  assert.deepEqual((await post(exchange)).text, "{}");
  await close();
  await assert.rejects(post(exchange), /closed/);
  await new Promise((resolve) => server.close(resolve));
  const nobody = connectTransport(new URL(`http://127.0.0.1:${port}`), { connections: 1 });
  await assert.rejects(nobody.post(exchange), /ECONNREFUSED/);
  await nobody.close();
});

test("closing waits for what is under way", async () => {
  const { promise: go, resolve } = Promise.withResolvers<void>();
  const { transport, post, stop } = await startServer(async (_, response) => {
    await go;
    response.end("ok");
  }, 1);
  const answers = [post("1"), post("2")];
  const closed = transport.close();
  resolve();
  assert.deepEqual(
    (await Promise.all(answers)).map(({ text: answer }) => answer),
    ["ok", "ok"],
  );
  await closed;
  await stop();
});
