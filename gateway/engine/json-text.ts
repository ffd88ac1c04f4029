/** A string as JSON. Short ones are looked through here, which is cheaper than asking JSON.stringify. */
export function quote(text: string): string {
  const { length } = text;
  if (length > 64) return JSON.stringify(text);
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    // Control characters, the quote, the backslash, and surrogates, which may be lone.
    if (code < 0x20 || code === 0x22 || code === 0x5c || (code >= 0xd800 && code <= 0xdfff))
      return JSON.stringify(text);
  }
  return `"${text}"`;
}

/** Any value of a JSON document as JSON. */
export const toJson = (value: unknown): string => (typeof value === "string" ? quote(value) : JSON.stringify(value));
