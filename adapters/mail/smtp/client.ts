import { AmbiguousOutcome, BusinessRefusal, ProgramBug, SystemFailure, TransientFailure } from "#shared/errors.ts";
import { observe } from "#shared/telemetry.ts";
import { bulkhead, CircuitState } from "cockatiel";
import { createTransport, type SendMailOptions } from "nodemailer";
import { startDeadline } from "../../deadline.ts";
import { createHealth } from "../../health.ts";
import { createPace } from "../../pace.ts";
import type { Call } from "../../port.ts";
import type { SystemEntry } from "../../vendor.ts";
import { openWindow } from "../../windows.ts";
import type { Settings } from "./wire.ts";

/** Hands messages in, one connection each: with a deadline, a turn and a slot. Nothing is sent again from here (W-04). */
export function createClient({ name: system, address, limits, windows, secrets }: SystemEntry<Settings>) {
  const { protocol, hostname, port } = new URL(address);
  const pace = createPace(system, limits.requestsPerMinute);
  const slots = bulkhead(limits.concurrency, limits.concurrency * 20);
  const health = createHealth(system, limits.deadlineMs, () => CircuitState.Closed);

  const hand = async (message: SendMailOptions, call: Call): Promise<void> => {
    const ms = Math.min(call.deadlineMs ?? Infinity, limits.deadlineMs);
    if (ms <= 0) throw new TransientFailure({ system, code: "NO_ANSWER" });
    const deadline = startDeadline(ms, call.signal);
    const transport = createTransport({
      host: hostname,
      port: Number(port || (protocol === "smtps:" ? 465 : 587)),
      secure: protocol === "smtps:",
      auth: { user: secrets["user"]!, pass: secrets["password"]! },
      connectionTimeout: ms,
      greetingTimeout: ms,
      socketTimeout: ms,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
    const startedAt = performance.now();
    try {
      await deadline.race(pace.take(deadline).then(() => slots.execute(() => transport.sendMail(message))));
      health.answered(performance.now() - startedAt);
    } catch (error) {
      health.failed();
      throw error instanceof SystemFailure ? error : failureOf(system, error);
    } finally {
      transport.close();
      deadline.end();
    }
  };

  return {
    system,
    health: () => health.read(),
    send: (message: SendMailOptions, call: Call) =>
      observe({ system, deed: "send-mail", correlationId: call.correlationId }, async () => {
        const until = openWindow(windows, true, new Date());
        if (until !== null) throw new TransientFailure({ system, code: "WINDOW_CLOSED", retryAfterMs: until });
        await hand(message, call);
      }),
  };
}

type MailError = { responseCode?: number; syscall?: string; code?: string; response?: string };

/** A code of the server says what it is. Without one the message may have been under way, unless there was no connection at all. */
function failureOf(system: string, cause: unknown): SystemFailure {
  const { responseCode, syscall, code, response } = cause as MailError;
  const facts = { system, cause, vendorText: response?.slice(0, 4_000) };
  if (responseCode === 535 || code === "EAUTH") return new ProgramBug({ ...facts, code: "ACCESS_REFUSED" });
  if (responseCode && responseCode >= 500) return new BusinessRefusal({ ...facts, code: "NOTIFICATION_FAILED" });
  if (responseCode) return new TransientFailure({ ...facts, code: "UNAVAILABLE" });
  return syscall === "connect" || code === "EDNS"
    ? new TransientFailure({ ...facts, code: "CONNECTION_REFUSED" })
    : new AmbiguousOutcome({ ...facts, code: "OUTCOME_UNKNOWN" });
}
