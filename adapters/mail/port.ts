import type { Call, Health } from "../port.ts";

/** Plain text to one person; personal data, so it stands in no fact. */
export type Message = { to: string; toName: string | null; subject: string; text: string };

/** Who sends our mail. */
export type MailPort = {
  system: string;
  companies: readonly string[];
  settleMs: number;
  health(): Health;
  messages: {
    /**
     * Hands a message in under a Message-ID made of our key: the same again is the same to whoever receives it. Nobody can be asked what was taken, so after a lost
     * answer the same is handed in again (wires: SMTP has no look-up). A recipient who is refused is a BusinessRefusal.
     */
    put(key: string, message: Message, call: Call): Promise<{ state: "SENT" }>;
    /** Always absent: it can't be had, and nothing is doubled by putting again. */
    lookUp(key: string, message: Message, call: Call): Promise<{ answer: "absent" }>;
  };
};
