// As much of MIME as our own messages use: one text part, encoded words in headers.

export type Parsed = { headers: Record<string, string>; text: string };

/** Header names in lower case, folded lines joined, encoded words decoded; the body as text. */
export function parseMessage(raw: string): Parsed {
  const end = raw.indexOf("\r\n\r\n");
  const head = end < 0 ? raw : raw.slice(0, end);
  const headers = Object.fromEntries(
    head
      .replace(/\r\n[ \t]+/g, " ")
      .split("\r\n")
      .flatMap((line): [string, string][] => {
        const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name.toLowerCase(), decodeWords(value ?? "")]];
      }),
  );
  const body = end < 0 ? "" : raw.slice(end + 4);
  return { headers, text: decodeBody(body, headers["content-transfer-encoding"] ?? "7bit").replaceAll("\r\n", "\n") };
}

const decodeWords = (text: string): string =>
  text
    .replace(/\?=\s+=\?/g, "?==?")
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, word: string) =>
      kind.toLowerCase() === "b" ? fromBase64(word) : unquote(word.replaceAll("_", " ")),
    );

function decodeBody(body: string, encoding: string): string {
  if (encoding.toLowerCase() === "base64") return fromBase64(body);
  return encoding.toLowerCase() === "quoted-printable" ? unquote(body.replace(/=\r\n/g, "")) : body;
}

const fromBase64 = (text: string): string => Buffer.from(text, "base64").toString("utf8");
const unquote = (text: string): string =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    "latin1",
  ).toString("utf8");
