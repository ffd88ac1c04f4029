import { connect, type Socket } from "node:net";
import { createResponseReader, type Reply } from "./read-response.ts";

/** A request as it goes out, and who waits for its answer. */
export type Asked = {
  readonly bytes: string;
  readonly encoding: "latin1" | "utf8";
  /** In ms since 1970. */
  readonly until: number;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (error: Error) => void;
};

/** One connection, with one request on it at a time. */
export type Connection = {
  readonly socket: Socket;
  asked: Asked | undefined;
  /** When an idle one is too old to be used. */
  usableUntil: number;
};

export type OnConnection = {
  readonly reply: (connection: Connection, reply: Reply) => void;
  /** Called once at least; the connection is of no use any more. */
  readonly lost: (connection: Connection, error: Error) => void;
};

const READ_BYTES = 32 * 1024;

export function openConnection(where: { host: string; port: number }, on: OnConnection): Connection {
  const reader = createResponseReader();
  const attempt = (read: () => Reply | undefined) => {
    try {
      const reply = read();
      if (reply) on.reply(connection, reply);
    } catch (error) {
      on.lost(connection, error as Error);
    }
  };
  // The memory is read into again and again, past node's streams: the reader takes out what it keeps.
  const memory = Buffer.allocUnsafeSlow(READ_BYTES);
  const onData = (length: number) => {
    attempt(() => reader.take(memory.subarray(0, length)));
    return true;
  };
  const socket = connect({ ...where, noDelay: true, onread: { buffer: memory, callback: onData } });
  const connection: Connection = { socket, asked: undefined, usableUntil: 0 };
  socket.on("error", (error) => on.lost(connection, error));
  socket.on("end", () => attempt(reader.end));
  socket.on("close", () => on.lost(connection, new Error("the connection was closed before an answer came")));
  return connection;
}

export function send(connection: Connection, asked: Asked): void {
  connection.asked = asked;
  connection.socket.write(asked.bytes, asked.encoding);
}
