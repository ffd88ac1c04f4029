import { setTimeout as after } from "node:timers/promises";
import type { Floor } from "./floor.ts";
import { dispositionState, returnState } from "./instructions.ts";
import { uninspected } from "./receipts.ts";
import { isMore } from "./quantities.ts";
import type { Site } from "./site.ts";
import { type Grade, GRADES } from "./wire.ts";

export type PlayOrder = { rmaNumber: string; grade?: Grade };
export type PlayerOptions = {
  site: Site;
  floor: Floor;
  /** Every return, not only those that were asked for. */
  autoplay: boolean;
  /** Pause before each deed, so that people can watch. */
  paceMs: number;
};

/**
 * Plays the floor: takes in what a return instruction expects, inspects it, and executes disposition instructions as
 * they come. One deed after the other; what it has done is in the receipts, so a restart goes on where it was.
 */
export function createPlayer({ site, floor, autoplay, paceMs }: PlayerOptions) {
  const { returns, dispositions, receipts, plays } = site.tables;
  const closing = new AbortController();
  let running: Promise<void> = Promise.resolve();

  const isPlayed = (rmaNumber: string | null) => rmaNumber !== null && (autoplay || plays.get(rmaNumber) !== undefined);

  const nextReceipt = () => {
    const row = returns
      .find((each) => isPlayed(each.content.rmaNumber))
      .find((each) => isOpen(returnState(site, each)));
    return row && (() => floor.receive({ instructionKey: row.id }));
  };

  const nextInspection = () => {
    for (const { id, rmaNumber, lines } of receipts.find((each) => isPlayed(each.rmaNumber))) {
      const line = lines.find((each) => each.expectedSku === null && isMore(uninspected(each), "0"));
      const grade = plays.get(rmaNumber ?? "")?.grade ?? "A";
      if (line) return () => inspect(id, line.line, grade);
    }
    return undefined;
  };

  const inspect = async (receipt: string, line: number, grade: Grade) => {
    floor.startInspection({ receipt, line });
    await pause();
    floor.inspect({ receipt, line, grade });
  };

  const nextMove = () => {
    const open = dispositions.find((each) => isOpen(dispositionState(each)));
    const row = open.find(({ content }) => isPlayed(receipts.get(content.warehouseReceiptNumber)?.rmaNumber ?? null));
    return row && (() => floor.executeDisposition({ key: row.id }));
  };

  const pause = async () => {
    await after(paceMs, undefined, { signal: closing.signal, ref: false });
  };

  /** Works until nothing is due. A deed that can't be done is said and ends the run; the next instruction starts another. */
  const work = async () => {
    try {
      for (let deed = next(); deed; deed = next()) {
        await pause();
        await next()?.();
      }
    } catch (error) {
      if (!closing.signal.aborted) console.error(`sandbox ${site.code} stops playing: ${String(error)}`);
    }
  };
  const next = () => nextReceipt() ?? nextInspection() ?? nextMove();

  /** Something may be due; resolves when it is done. */
  const nudge = (): Promise<void> => (running = running.then(work));

  return {
    nudge,
    /** Plays a return here, now or when its instruction comes; resolves when what is due by now is done. */
    async play({ rmaNumber, grade = "A" }: PlayOrder) {
      if (!GRADES.includes(grade)) throw new Error(`no grade ${grade}; known: ${GRADES.join(", ")}`);
      plays.put({ id: rmaNumber, grade });
      await nudge();
      return summary(site, rmaNumber);
    },
    async close() {
      closing.abort();
      await running;
    },
  };
}

const isOpen = (state: string): boolean => state === "OPEN" || state === "PARTIAL";

/** What the site expects, has received and has moved for an RMA number. */
export function summary({ code, tables, ...site }: Site, rmaNumber: string) {
  const here = { code, tables, ...site };
  const instructions = tables.returns.find(({ content }) => content.rmaNumber === rmaNumber);
  const received = tables.receipts.by("rmaNumber", rmaNumber);
  const numbers = new Set(received.map(({ id }) => id));
  const moves = tables.dispositions.find(({ content }) => numbers.has(content.warehouseReceiptNumber));
  return {
    site: code,
    rmaNumber,
    instructions: instructions.map((row) => ({ key: row.id, state: returnState(here, row) })),
    receipts: received.map(({ id, lines }) => ({ warehouseReceiptNumber: id, lines })),
    dispositions: moves.map((row) => ({ key: row.id, code: row.content.code, state: dispositionState(row) })),
  };
}
