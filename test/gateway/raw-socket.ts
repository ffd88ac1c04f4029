import { EventEmitter, once } from "node:events";
import { WebSocket } from "ws";

export type Message = { type: string; id?: string; payload?: any };

/** A WebSocket client that sends what it is told, right or wrong. */
export async function openRawSocket(
  url: string,
  options: { headers?: Record<string, string>; protocol?: string } = {},
) {
  const bus = new EventEmitter();
  const socket = new WebSocket(url.replace(/^http/, "ws"), options.protocol ?? "graphql-transport-ws", {
    headers: options.headers ?? {},
  });
  const inbox: Message[] = [];
  let end: { code: number; reason: string } | undefined;
  socket.on("message", (data) => {
    inbox.push(JSON.parse(String(data)) as Message);
    bus.emit("change");
  });
  socket.on("close", (code, reason) => {
    end = { code, reason: String(reason) };
    bus.emit("change");
  });
  await once(socket, "open");
  return {
    socket,
    send: (message: Message | string) => socket.send(typeof message === "string" ? message : JSON.stringify(message)),
    next: async (): Promise<Message> => {
      for (;;) {
        const message = inbox.shift();
        if (message) return message;
        if (end) throw new Error(`closed with ${end.code} ${end.reason}`);
        await once(bus, "change");
      }
    },
    closed: async () => {
      while (!end) await once(bus, "change");
      return end;
    },
  };
}
export type RawSocket = Awaited<ReturnType<typeof openRawSocket>>;
