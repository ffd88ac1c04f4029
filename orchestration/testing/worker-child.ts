import { planCrash } from "../crash-points.ts";
import { connectBench, run } from "./engine-for-tests.ts";
import { everyKindOfStep, reactionsOf, recountIn } from "./fake-flows.ts";

// A worker process that tests kill or stop: arguments are the database's address and the crash plan.

const [url, plan] = process.argv.slice(2) as [string, string];
planCrash(JSON.parse(plan));
const bench = await connectBench(url, { create: false, name: "child" });
const running = run(bench, reactionsOf(everyKindOfStep(bench.erp, recountIn(bench.db))));
process.send?.("ready");
process.on("disconnect", () => void running.stop().then(() => process.exit(0)));
