import type { MailPort } from "#adapters/mail/port.ts";
import type { MailFault } from "#sandbox/smtp/server.ts";
import { connectAnother, startConnected } from "../connected-systems.ts";

/** The other side of a mail server's wire, as the contract test works it. */
export type MailHarness = Awaited<ReturnType<typeof startSmtp>>;

/** The sandbox's mail server, connected. */
export async function startSmtp() {
  const connected = await startConnected({ sandbox: { scale: 0 } });
  const server = connected.sandbox.servers.smtp;
  return {
    mail: connected.systems.mailOf("US01") as MailPort,
    fail: (fault: MailFault) => server.controls.fail(fault),
    handedIn: () => server.ledger.messages(),
    inbox: (address: string) => server.ledger.inbox(address),
    down: () => server.down(),
    up: () => server.up(),
    connectAgain(change: (text: string) => string) {
      const another = connectAnother(connected, { systems: change });
      return { mail: another.systems.mailOf("US01")!, close: another.stop };
    },
    stop: connected.stop,
  };
}
