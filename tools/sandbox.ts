import { parseArgs } from "node:util";
import { readConfig } from "#shared/config.ts";
import { sandboxAddress } from "#shared/sandbox-address.ts";
import { play, tellPlayed } from "#sandbox/play.ts";
import { warehouseSites } from "#sandbox/wms-json/sites.ts";
import { type Grade, GRADES } from "#sandbox/wms-json/wire.ts";

// `npm run sandbox -- play <rmaNumber> [--grade A]`: the right warehouse receives and inspects what is due, and executes what follows.

const usage = `Say: npm run sandbox -- play <rmaNumber> [--grade ${GRADES.join("|")}]`;

try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { grade: { type: "string" } } });
  const [command, rmaNumber, ...more] = positionals;
  if (command !== "play" || rmaNumber === undefined || more.length > 0) throw new Error(usage);
  if (values.grade !== undefined && !(GRADES as readonly string[]).includes(values.grade))
    throw new Error(`There is no grade ${values.grade}. ${usage}`);
  const { sandboxPort } = readConfig();
  const addresses = Object.keys(warehouseSites).flatMap((server) => sandboxAddress(server, sandboxPort) ?? []);
  if (addresses.length === 0) throw new Error("SANDBOX_PORT is 0: say where the sandbox is by setting it.");
  const grade = values.grade === undefined ? {} : { grade: values.grade as Grade };
  for (const line of tellPlayed(await play(addresses, { rmaNumber, ...grade }), rmaNumber)) console.log(line);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
