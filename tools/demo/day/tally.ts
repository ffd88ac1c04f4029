/** Milestones that the progress counts, and what it calls them. */
const counted: Record<string, string> = {
  requested: "asked for",
  refused: "refused",
  "label.issued": "labelled",
  "receipt.recorded": "receipts",
  "inspection.completed": "inspections",
  "approval.decided": "decisions",
  "credit.posted": "credits",
  "return.closed": "closed",
  "exception.raised": "tasks",
};
const EVERY_MS = 1000;

/** One line of how far the day is, at most once a second. */
export function createTally(all: number, { show, clear }: { show(text: string): void; clear(): void }) {
  const counts = new Map<string, number>();
  let [ended, last] = [0, ""];
  const line = (): string => {
    const parts = Object.entries(counted).flatMap(([type, name]) =>
      counts.has(type) ? [`${counts.get(type)} ${name}`] : [],
    );
    return [`${ended} of ${all} done`, ...parts].join(", ");
  };
  const tell = () => {
    const now = line();
    if (now !== last) show(now);
    last = now;
  };
  const timer = setInterval(tell, EVERY_MS);
  return {
    told: (type: string) => void counts.set(type, (counts.get(type) ?? 0) + 1),
    ended: () => void (ended += 1),
    stop: () => {
      clearInterval(timer);
      tell();
      clear();
    },
  };
}
