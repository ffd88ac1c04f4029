import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startSmtp, type MailHarness } from "../../test/contract/mail-smtp.ts";
import type { MailPort, Message } from "./port.ts";

// What everybody who sends our mail promises, asked over its own wire. A new vendor adds its harness to this list.
const implementations: { name: string; start: () => Promise<MailHarness> }[] = [{ name: "smtp", start: startSmtp }];

const call = { correlationId: "contract-test" };
let numbers = 0;
const newKey = () => `BH1-R26CNTRCT-E${String((numbers += 1)).padStart(6, "0")}`;
const newMessage = (more: Partial<Message> = {}): Message => ({
  to: `buyer-${(numbers += 1)}@northside.example`,
  toName: "Zoë Müller",
  subject: "Your return R26-7Q3KX2M: may come back – größer",
  text: "Good day,\n\n4 EA of BRG-6204 may come back.\n.\nA line with only a dot is above; naïve café.\n",
  ...more,
});
const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
  } catch (error) {
    const { kind, code, message } = error as { kind: string; code: string; message: string };
    assert.doesNotMatch(message, /armed/i, "vendor text stays apart (G-15)");
    return `${kind} ${code}`;
  }
  return assert.fail("it did not fail");
};

for (const { name, start } of implementations)
  describe(name, () => {
    let mail: MailPort;
    let other: MailHarness;
    before(async () => {
      other = await start();
      mail = other.mail;
    });
    after(() => other.stop());

    test("a message arrives as it was written, under a Message-ID that is our key byte for byte (W-06)", async () => {
      const [key, message] = [newKey(), newMessage()];
      assert.deepEqual(await mail.messages.put(key, message, call), { state: "SENT" });
      const [got] = other.inbox(message.to);
      assert.deepEqual(
        [got!.subject, got!.text.trimEnd(), got!.to],
        [message.subject, message.text.trimEnd(), [message.to]],
      );
      assert.match(got!.messageId, new RegExp(`^<${key}@[a-z.]+>$`));
    });

    test("handed in twice it is one message to whoever gets it (W-01)", async () => {
      const [key, message] = [newKey(), newMessage()];
      await mail.messages.put(key, message, call);
      assert.deepEqual(await mail.messages.lookUp(key, message, call), { answer: "absent" });
      await mail.messages.put(key, message, call);
      const ids = other.handedIn().flatMap(({ to, messageId }) => (to.includes(message.to) ? [messageId] : []));
      assert.equal(ids.length, 2);
      assert.equal(new Set(ids).size, 1);
      assert.equal(other.inbox(message.to).length, 1);
    });

    test("a lost answer is AMBIGUOUS, and the same again is right (W-04)", async () => {
      for (const kind of ["drop-answer", "drop-message"] as const) {
        const [key, message] = [newKey(), newMessage()];
        other.fail({ kind });
        assert.equal(await codeOf(mail.messages.put(key, message, call)), "AMBIGUOUS OUTCOME_UNKNOWN", kind);
        await mail.messages.put(key, message, call);
        assert.equal(other.inbox(message.to).length, 1);
      }
    });

    test("a recipient who is refused is the business saying no; a server that is busy, or away, is asked again", async () => {
      other.fail({ kind: "refuse", code: 550 });
      assert.equal(await codeOf(mail.messages.put(newKey(), newMessage(), call)), "BUSINESS NOTIFICATION_FAILED");
      other.fail({ kind: "refuse", code: 451 });
      assert.equal(await codeOf(mail.messages.put(newKey(), newMessage(), call)), "TRANSIENT UNAVAILABLE");
      await other.down();
      assert.equal(await codeOf(mail.messages.put(newKey(), newMessage(), call)), "TRANSIENT CONNECTION_REFUSED");
      await other.up();
      await mail.messages.put(newKey(), newMessage(), call);
    });

    test("what is no address is refused before any call, and nothing in a subject begins a header", async () => {
      const before = other.handedIn().length;
      for (const to of ["", "nobody", "a@b", "a@b.example\r\nBcc: all@b.example", `${"x".repeat(300)}@b.example`])
        assert.equal(
          await codeOf(mail.messages.put(newKey(), newMessage({ to }), call)),
          "BUSINESS NOTIFICATION_FAILED",
        );
      assert.equal(other.handedIn().length, before);
      const message = newMessage({ subject: "One\r\nBcc: all@b.example", toName: 'A "B" <c@d.example>' });
      await mail.messages.put(newKey(), message, call);
      const [got] = other.inbox(message.to);
      assert.deepEqual(got!.to, [message.to]);
    });

    test("credentials that are not accepted are a bug of ours", async () => {
      const another = other.connectAgain((text) => text.replace("env: SMTP_PASSWORD }", "env: OLD_SECRET }"));
      assert.equal(await codeOf(another.mail.messages.put(newKey(), newMessage(), call)), "BUG ACCESS_REFUSED");
      await another.close();
    });
  });
