import { writeFileSync } from "node:fs";
import { Session } from "node:inspector/promises";
import { targets } from "./targets/index.ts";
import type { Setting } from "./targets/target.ts";

// One gateway in a process of its own: node serve.ts NAME SETTING. It tells its parent where it listens, what it has used whenever it is asked, and ends with the parent.

export type Usage = { readonly cpuMs: number; readonly rssMb: number };
export type Order =
  | { readonly order: "usage" }
  | { readonly order: "profile" }
  | { readonly order: "keep profile"; readonly file: string };

const [name = "", setting = "{}"] = process.argv.slice(2);
const load = targets[name];
if (!load || !process.send)
  throw new Error(`serve.ts is started by the benchmark, with one of: ${Object.keys(targets).join(", ")}.`);
const { stop, ...asked } = await (await load())(JSON.parse(setting) as Setting);
let session: Session | undefined;

process.on("message", (message: Order) => void obey(message).then((answer) => process.send?.(answer)));
process.on("disconnect", () => void stop().finally(() => process.exit(0)));
process.send(asked);

async function obey(message: Order): Promise<Usage> {
  if (message.order === "profile") await startProfile();
  if (message.order === "keep profile") await keepProfile(message.file);
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1_000, rssMb: process.memoryUsage.rss() / 2 ** 20 };
}

async function startProfile(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.start");
}

async function keepProfile(file: string): Promise<void> {
  const { profile } = await session!.post("Profiler.stop");
  session!.disconnect();
  writeFileSync(file, JSON.stringify(profile));
}
