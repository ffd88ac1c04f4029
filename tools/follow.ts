import { parseArgs } from "node:util";
import { readConfig } from "#shared/config.ts";
import { connectAs, type Person } from "./client/gateway.ts";
import { milestoneLine } from "./client/say.ts";
import { contractDocument } from "./client/documents.ts";

// `npm run follow -- <returnId | RMA number> [--user ada] [--after CURSOR]`: a return's milestones as they happen, from its first one on.

const usage = "Say: npm run follow -- <return id or RMA number> [--user ada] [--after CURSOR]";
const byId = "query ReturnById($id: ID!) { return(id: $id) { id } }";
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
  const returnId = await find(person, which);
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

async function find(person: Person, which: string): Promise<string> {
  const { data } = which.startsWith("ret_")
    ? await person.ask(byId, { id: which })
    : await person.ask(byNumber, { rmaNumber: which });
  const [found] = Object.values(data) as ({ id: string } | null)[];
  if (!found) throw new Error(`There is no return ${which} that this person may see.`);
  return found.id;
}
