import { type Asked, type Connection, openConnection, send } from "./connection.ts";
import type { Reply } from "./read-response.ts";

export type Pool = {
  readonly ask: (asked: Asked) => void;
  /** Rejects whatever is past its deadline; gives whether anything is still under way. */
  readonly endLate: (now: number) => boolean;
  /** Takes nothing new, and resolves when nothing is under way. */
  readonly close: () => Promise<void>;
};

/** Opens connections as they are needed, up to a number; beyond it requests wait for their turn. Nothing is sent twice: a request whose connection breaks fails. */
export function createPool(where: { host: string; port: number }, connections: number): Pool {
  const open = new Set<Connection>();
  const idle: Connection[] = [];
  const waiting: Asked[] = [];
  const closed = Promise.withResolvers<void>();
  let isClosing = false;

  const ask = (asked: Asked) => {
    const connection = takeUsable(idle, open) ?? openAnother();
    if (connection) send(connection, asked);
    else waiting.push(asked);
  };
  const openAnother = () => {
    if (open.size >= connections) return undefined;
    const connection = openConnection(where, { reply, lost });
    open.add(connection);
    return connection;
  };
  const next = () => {
    const asked = waiting.shift();
    if (asked) ask(asked);
    else if (isClosing && idle.length === open.size) endIdle();
  };
  const endIdle = () => {
    for (const { socket } of idle) socket.destroy();
    closed.resolve();
  };
  const lost = (connection: Connection, error: Error) => {
    if (!open.delete(connection)) return;
    if (idle.includes(connection)) idle.splice(idle.indexOf(connection), 1);
    connection.socket.destroy();
    connection.asked?.reject(error);
    next();
  };
  const reply = (connection: Connection, answer: Reply) => {
    const { asked } = connection;
    if (!asked) return lost(connection, new Error("an answer came that nobody waits for"));
    connection.asked = undefined;
    asked.resolve(answer);
    if (answer.keepMs === 0) return lost(connection, new Error("the connection is used up"));
    connection.usableUntil = Date.now() + answer.keepMs;
    idle.push(connection);
    next();
  };
  return {
    ask: (asked) => (isClosing ? asked.reject(new Error("the transport is closed")) : ask(asked)),
    endLate: (now) => {
      for (const asked of waiting.filter(({ until }) => until <= now)) {
        waiting.splice(waiting.indexOf(asked), 1);
        asked.reject(new Error("no connection was free before the deadline"));
      }
      for (const connection of open)
        if (connection.asked && connection.asked.until <= now)
          lost(connection, new Error("no answer came before the deadline"));
      return idle.length < open.size || waiting.length > 0;
    },
    close: () => {
      isClosing = true;
      if (waiting.length === 0 && idle.length === open.size) endIdle();
      return closed.promise;
    },
  };
}

/** The connection that was used last; those that the other side may be closing just now are let go. */
function takeUsable(idle: Connection[], open: Set<Connection>): Connection | undefined {
  const now = Date.now();
  for (let connection = idle.pop(); connection; connection = idle.pop()) {
    if (connection.usableUntil > now) return connection;
    open.delete(connection);
    connection.socket.destroy();
  }
  return undefined;
}
