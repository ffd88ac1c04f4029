import { openRawSocket } from "./raw-socket.ts";
import { type Answer, idOf } from "./start-test-gateway.ts";

export type Ask = {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  /** Sent instead of the document. */
  readonly documentId?: string;
  /** Nobody's when undefined. */
  readonly token: string | undefined;
};
export type Door = (url: string, ask: Ask) => Promise<Answer>;

/** What every door is asked; those by id need the document registered under its hash. */
export const everyDoor: Readonly<Record<string, Door>> = {
  "POST /graphql": (url, ask) => post(url, ask, sentBy(ask)),
  "GET /graphql": (url, ask) => get(url, ask, sentBy(ask)),
  "POST /graphql/<documentId>": (url, ask) => post(`${url}/${registered(ask)}`, ask, { variables: ask.variables }),
  "GET /graphql/<documentId>": (url, ask) => get(`${url}/${registered(ask)}`, ask, { variables: ask.variables }),
  "POST /graphql with documentId": (url, ask) => post(url, ask, byId(ask)),
  WebSocket: (url, ask) => overSocket(url, ask, sentBy(ask)),
  "WebSocket with documentId": (url, ask) => overSocket(url, ask, byId(ask)),
  "POST text/event-stream": (url, ask) => post(url, ask, sentBy(ask), "text/event-stream"),
  "GET text/event-stream": (url, ask) => get(url, ask, sentBy(ask), "text/event-stream"),
  "GET /graphql/<documentId> text/event-stream": (url, ask) =>
    get(`${url}/${registered(ask)}`, ask, { variables: ask.variables }, "text/event-stream"),
};

type Sent = Record<string, unknown>;
const registered = ({ query, documentId }: Ask) => documentId ?? idOf(query);
const byId = (ask: Ask): Sent => ({ documentId: registered(ask), variables: ask.variables });
const sentBy = (ask: Ask): Sent =>
  ask.documentId === undefined ? { query: ask.query, variables: ask.variables } : byId(ask);

const headersOf = ({ token }: Ask, accept = "application/json"): Record<string, string> => ({
  accept,
  ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
});

async function post(url: string, ask: Ask, sent: Sent, accept?: string): Promise<Answer> {
  const headers = { ...headersOf(ask, accept), "content-type": "application/json" };
  return read(await fetch(url, { method: "POST", headers, body: JSON.stringify(sent) }));
}

async function get(url: string, ask: Ask, sent: Sent, accept?: string): Promise<Answer> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(sent))
    if (value !== undefined) search.set(name, typeof value === "string" ? value : JSON.stringify(value));
  return read(await fetch(`${url}?${search}`, { headers: headersOf(ask, accept) }));
}

/** An answer, or the one `next` of a stream, which ends with `complete`. */
async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return JSON.parse(text) as Answer;
  const [, data] = /^:\n\nevent: next\ndata: (.*)\n\nevent: complete\ndata: \n\n$/.exec(text) ?? [];
  if (data === undefined) throw new Error(`not one answer: ${text}`);
  return JSON.parse(data) as Answer;
}

/** The answer of one operation; a socket that is closed instead says the code and its sentence as the reason. */
async function overSocket(url: string, ask: Ask, payload: Sent): Promise<Answer> {
  const raw = await openRawSocket(url);
  const { token } = ask;
  raw.send({
    type: "connection_init",
    payload: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const first = await raw.next().catch(() => undefined);
  if (!first) {
    const { reason } = await raw.closed();
    const [, code, message] = /^(\w+): (.*)$/.exec(reason) ?? [];
    return { errors: [{ message: String(message), extensions: { code } }] };
  }
  raw.send({ type: "subscribe", id: "1", payload });
  const { type, payload: answer } = await raw.next();
  raw.socket.close();
  return type === "error" ? { errors: answer } : answer;
}
