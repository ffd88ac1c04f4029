import { parseArgs } from "node:util";
import { readConfig } from "#shared/config.ts";
import { connectAs, type Person } from "./client/gateway.ts";
import { milestoneLine } from "./client/say.ts";
import { contractDocument } from "./client/documents.ts";

// `npm run follow -- <returnId | RMA number> [--user ada] [--after CURSOR]`: a return's milestones as they happen, from its first one on.

const usage = "Say: npm run follow -- <return id or RMA number> [--user ada] [--after CURSOR]";
const byNumber = "query ReturnByNumber($rmaNumber: String!) { returnByRmaNumber(rmaNumber: $rmaNumber) { id } }";

process.stdout.on("error", () => process.exit()); // Nobody reads on: `| head`.
try {
  await follow(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function follow(words: string[]): Promise<void> {
  const option = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    args: words,
    allowPositionals: true,
    options: { user: option, after: option },
  });
  const [which, ...more] = positionals;
  if (which === undefined || more.length > 0) throw new Error(usage);
  const reconnected = () => console.error("The connection was lost; going on behind the last milestone.");
  const person = await connectAs(values.user ?? "ada", readConfig(), { reconnected });
  const returnId = which.startsWith("ret_") ? which : await findByNumber(person, which);
  let cursor = values.after;
  process.once("SIGINT", () => {
    console.error(`\nGo on from here: npm run follow -- ${returnId} --after ${cursor}`);
    process.exit(0);
  });
  for await (const frame of person.follow(contractDocument("service-ui/follow-return"), { returnId, after: cursor })) {
    if (frame.milestone) console.log(`${milestoneLine(frame)}  [${frame.return?.status}]`);
    cursor = frame.cursor;
  }
}

async function findByNumber(person: Person, rmaNumber: string): Promise<string> {
  const { data } = await person.ask(byNumber, { rmaNumber });
  if (!data.returnByRmaNumber) throw new Error(`There is no return ${rmaNumber} that this person may see.`);
  return data.returnByRmaNumber.id as string;
}
