import path from "node:path";
import type { Addresses } from "./run-roles.ts";

/** One line that is written over on a terminal, and lines of their own elsewhere. */
export function createProgress(out: NodeJS.WriteStream): { show(text: string): void; clear(): void } {
  if (!out.isTTY) return { show: (text) => void out.write(`${text}\n`), clear: () => undefined };
  const back = "\r\u001b[K";
  return {
    show: (text) => void out.write(`${back}${text.slice(0, out.columns - 1)}`),
    clear: () => void out.write(back),
  };
}

/** What a person needs after the start of everything: where it is, a token, and what to do next. */
export function welcome(addresses: Addresses, dataDir: string): string {
  const { token, ...places } = addresses;
  return [
    "",
    "Backhaul is up.",
    "",
    ...table({ ...places, Data: dataDir, Logs: path.join(dataDir, "log") }),
    ...(token === undefined ? [] : ["", "  A token of Ada in service, good for an hour:", `  ${token}`]),
    "",
    "  npm run demo                            plays a return from its case to posted credit; README.md has it by hand",
    "  npm run --silent token -- --user fin    a token of somebody else",
    "  Ctrl-C                                  stops everything; the data stays",
    "",
  ].join("\n");
}

/** The same for single roles. */
export function roleWelcome(roles: readonly string[], { token: _, ...places }: Addresses): string {
  return ["", `Up: ${roles.join(", ")}.`, "", ...table(places), "", "  Ctrl-C stops.", ""].join("\n");
}

/** What people open comes first, what machines read last. */
function table(places: Addresses): string[] {
  const width = Math.max(...Object.keys(places).map((name) => name.length));
  const isForMachines = (name: string) => /^(Webhooks|Intake|Health|Token issuer|Metrics)/.test(name);
  const [machines = [], people = []] = [true, false].map((wanted) =>
    Object.entries(places).filter(([name]) => isForMachines(name) === wanted),
  );
  return [...people, ...machines].map(([name, address]) => `  ${name.padEnd(width)}  ${address}`);
}
