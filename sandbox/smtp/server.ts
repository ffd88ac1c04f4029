import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from "smtp-server";
import { createFaults } from "../faults.ts";
import { openPort } from "../kept-port.ts";
import { createRequestLog } from "../request-log.ts";
import { createStore, type Row } from "../store.ts";
import type { SandboxServer } from "../vendor.ts";
import { createOutbox } from "../webhooks.ts";
import { parseMessage } from "./mime.ts";

export type Message = Row & {
  messageId: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  receivedAt: string;
};
/** `drop-answer`: kept, and the connection is cut before it is said; `drop-message`: cut, and nothing is kept. */
export type MailFault =
  | { kind: "refuse"; code?: number; times?: number }
  | { kind: "drop-answer"; times?: number }
  | { kind: "drop-message"; times?: number };
type Options = {
  name: string;
  host: string;
  port: number;
  folder: string | null;
  user: string;
  password: string;
  now?: () => Date;
};
export type MailServer = Awaited<ReturnType<typeof startMailServer>>;

/** A mail server that keeps every message it is given, the same one twice if it is given twice; who reads an inbox sees each Message-ID once, as mail programs show it. */
export async function startMailServer({ name, host, port, folder, user, password, now = () => new Date() }: Options) {
  const store = createStore({ name, folder });
  const messages = store.table<Message>("messages");
  const requests = createRequestLog(({ method }) => method);
  const faults = createFaults();
  const outbox = createOutbox({ store, headers: () => ({}), judge: () => "dropped", retryDelays: [], timeoutMs: 1 });
  let armed: (MailFault & { left: number })[] = [];
  let listening: SMTPServer;
  let boundPort = port;

  const take = (kind: MailFault["kind"]) => {
    const fault = armed.find((each) => each.kind === kind && each.left > 0);
    if (fault) fault.left -= 1;
    return fault;
  };

  const keep = (raw: string, { envelope }: SMTPServerSession): void => {
    const { headers, text } = parseMessage(raw);
    const from = envelope.mailFrom ? envelope.mailFrom.address : "";
    store.transaction(() =>
      messages.put({
        id: String(messages.size + 1),
        messageId: headers["message-id"] ?? "",
        from,
        to: envelope.rcptTo.map(({ address }) => address),
        subject: headers["subject"] ?? "",
        text,
        receivedAt: now().toISOString(),
      }),
    );
  };

  const onData = (stream: SMTPServerDataStream, session: SMTPServerSession, done: (error?: Error | null) => void) => {
    const chunks: Buffer[] = [];
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("end", () => {
      requests.add({ method: "DATA", path: session.envelope.rcptTo[0]?.address ?? "", body: "" });
      if (take("drop-message")) return cut(session);
      keep(Buffer.concat(chunks).toString("utf8"), session);
      if (take("drop-answer")) return cut(session);
      done();
    });
  };
  const cut = ({ id }: SMTPServerSession) => {
    for (const connection of listening.connections as Set<{
      session?: { id: string };
      id?: string;
      close?: () => void;
      _socket?: { destroy(): void };
    }>)
      if (connection.id === id || connection.session?.id === id) connection._socket?.destroy();
  };

  const start = async () => {
    listening = new SMTPServer({
      name: "sandbox",
      hideSTARTTLS: true,
      allowInsecureAuth: true,
      disableReverseLookup: true,
      size: 1024 * 1024,
      onAuth: (auth, _session, done) =>
        auth.username === user && auth.password === password
          ? done(null, { user })
          : done(Object.assign(new Error("535 wrong user or password"), { responseCode: 535 })),
      onRcptTo: (_address, _session, done) => {
        const fault = take("refuse");
        const responseCode = fault?.kind === "refuse" ? (fault.code ?? 550) : null;
        done(responseCode ? Object.assign(new Error("Armed by a test."), { responseCode }) : null);
      },
      onData,
    });
    listening.on("error", () => {});
    await openPort(boundPort, async (each) => {
      listening.listen(each, host);
      await once(listening.server, "listening");
    });
    boundPort = (listening.server.address() as AddressInfo).port;
  };
  const stop = () => new Promise<void>((resolve) => listening.close(() => resolve()));

  store.open(() => {});
  await start();
  const all = () => messages.all();
  const server = {
    name,
    url: `smtp://${host}:${boundPort}`,
    faults,
    webhooks: outbox,
    requests,
    ledger: {
      /** Everything that was handed in, in order. */
      messages: all,
      /** What a person sees: each Message-ID once. */
      inbox: (address: string) => [
        ...new Map(
          all()
            .filter(({ to }) => to.includes(address))
            .map((message) => [message.messageId, message]),
        ).values(),
      ],
      read: () => ({ messages: all() }),
    },
    controls: {
      /** What becomes of the next messages. */
      fail: (fault: MailFault) => void armed.push({ ...fault, left: fault.times ?? 1 }),
    },
    async down() {
      if (listening.server.listening) await stop();
    },
    async up() {
      if (!listening.server.listening) await start();
    },
    async reset() {
      armed = [];
      requests.clear();
      store.reset();
      await server.up();
    },
    async close() {
      if (listening.server.listening) await stop();
      await outbox.close();
      store.close();
    },
  };
  return server satisfies SandboxServer<unknown, object>;
}
