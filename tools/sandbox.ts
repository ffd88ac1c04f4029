import { parseArgs } from "node:util";
import { type Config, readConfig } from "#shared/config.ts";
import { sandboxAddress } from "#shared/sandbox-address.ts";
import { play, tellPlayed } from "#sandbox/play.ts";
import { warehouseSites } from "#sandbox/wms-json/sites.ts";
import { type Grade, GRADES } from "#sandbox/wms-json/wire.ts";
import { crmLine, crmReturnOf } from "./client/crm-ledger.ts";
import { erpDocumentsOf, erpLine, shipReplacements } from "./client/erp-ledger.ts";
import { tellSeed } from "./client/seeded.ts";

// `npm run sandbox -- play <rmaNumber> [--grade A]`: the right warehouse receives and inspects what is due, and executes what follows.
// `npm run sandbox -- ship <rmaNumber>`: the ERP's people ship what goes out in place of its goods.
// `npm run sandbox -- ledger <rmaNumber>`: every document that the ERP has for it, and what the CRM was told.
// `npm run sandbox -- seed`: what it was made with.

const usage = `Say: npm run sandbox -- play <rmaNumber> [--grade ${GRADES.join("|")}], npm run sandbox -- ship <rmaNumber>, npm run sandbox -- ledger <rmaNumber>, or npm run sandbox -- seed`;
type Command = (rmaNumber: string, grade: string | undefined, config: Config) => Promise<string[]> | string[];
const commands: Record<string, Command> = {
  play: playReturn,
  ship: shipReplacement,
  ledger: showLedger,
  seed: showSeed,
};

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { grade: { type: "string" } } });
  const [name = "", rmaNumber = name === "seed" ? "" : undefined, ...more] = positionals;
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command || rmaNumber === undefined || more.length > 0) throw new Error(usage);
  for (const line of await command(rmaNumber, values.grade, readConfig())) console.log(line);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}

async function playReturn(rmaNumber: string, grade: string | undefined, { sandboxPort }: Config): Promise<string[]> {
  if (grade !== undefined && !(GRADES as readonly string[]).includes(grade))
    throw new Error(`There is no grade ${grade}. ${usage}`);
  const addresses = Object.keys(warehouseSites).flatMap((server) => sandboxAddress(server, sandboxPort) ?? []);
  if (addresses.length === 0) throw new Error("SANDBOX_PORT is 0: say where the sandbox is by setting it.");
  const order = { rmaNumber, ...(grade === undefined ? {} : { grade: grade as Grade }) };
  return tellPlayed(await play(addresses, order), rmaNumber);
}

async function shipReplacement(
  rmaNumber: string,
  grade: string | undefined,
  { sandboxPort }: Config,
): Promise<string[]> {
  if (grade !== undefined) throw new Error(`--grade goes with play. ${usage}`);
  const orders = await shipReplacements(rmaNumber, sandboxPort);
  if (orders.length === 0)
    return [`No order goes out for ${rmaNumber} yet; npm run sandbox -- ledger says what there is.`];
  return orders.map((number) => `Order ${number} has shipped.`);
}

function showSeed(rmaNumber: string, grade: string | undefined, { dataDir }: Config): string[] {
  if (rmaNumber !== "" || grade !== undefined) throw new Error(usage);
  return tellSeed(dataDir);
}

async function showLedger(rmaNumber: string, grade: string | undefined, { sandboxPort }: Config): Promise<string[]> {
  if (grade !== undefined) throw new Error(`--grade goes with play. ${usage}`);
  const documents = await erpDocumentsOf(rmaNumber, sandboxPort);
  const told = await crmReturnOf(rmaNumber, sandboxPort);
  const lines = documents.length > 0 ? documents.map(erpLine) : [`The ERP has no document for ${rmaNumber}.`];
  return told ? [...lines, crmLine(told)] : lines;
}
