import { createServer } from "node:http";
import { connect, type Socket } from "node:net";
import { listen, stopServer } from "#shared/listen.ts";
import { createReader } from "../http-bytes.ts";
import { prepare } from "./limit.ts";
import type { StartTarget } from "./target.ts";

/** The same with one pipelined socket to each subgraph instead of undici: no time-outs, no retries, no errors. Nothing that could be run, but where the rest of the way leads. */
export const start: StartTarget = async ({ urls }) => {
  const ways = new Map(Object.entries(urls).map(([name, url]) => [name, openWay(Number(new URL(url).port))]));
  const prepared = new Map(
    [...prepare()].map(([key, { calls, ...rest }]) => [
      key,
      { ...rest, calls: calls.map(({ subgraph, body }) => ({ way: ways.get(subgraph)!, bytes: bytesOf(body) })) },
    ]),
  );
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const known = prepared.get(Buffer.concat(chunks).toString("latin1"));
      if (!known) return void response.writeHead(404).end();
      const [first, ...others] = known.calls;
      let open = others.length;
      const onAnswer = () => (open -= 1) === 0 && response.writeHead(200, known.headers).end(known.answer);
      first!.way.send(first!.bytes, () => others.forEach(({ way, bytes }) => way.send(bytes, onAnswer)));
    });
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" });
  const stop = () => {
    for (const { socket } of ways.values()) socket.destroy();
    return stopServer(server);
  };
  return { port, path: "/graphql", byDocument: false, headers: {}, stop };
};

type Way = { socket: Socket; send: (bytes: Buffer, onAnswer: () => void) => void };

function openWay(port: number): Way {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  const waiting: (() => void)[] = [];
  socket.on(
    "data",
    createReader(() => waiting.shift()?.()),
  );
  return {
    socket,
    send: (bytes, onAnswer) => {
      waiting.push(onAnswer);
      if (!socket.writableCorked) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    },
  };
}

const bytesOf = (body: string) =>
  Buffer.from(
    `POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
