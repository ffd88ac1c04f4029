import { z } from "zod";

/** What systems.yml says of a mail server. */
export const settings = z.strictObject({
  from: z.email("must be an address"),
  fromName: z.string().default("Returns"),
  /** Where answers go; nowhere but to `from` unless set. */
  replyTo: z.email("must be an address").optional(),
});
export type Settings = z.output<typeof settings>;

/** An address as it may stand in an envelope: nothing that could begin another header. */
export const address = z.email().max(254);

/** `<BH1-R267Q3KX2M-E0012@example.com>`: the key byte for byte (W-06). */
export const messageIdOf = (key: string, from: string): string => `<${key}@${from.slice(from.indexOf("@") + 1)}>`;
