import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import type { Row } from "../main.ts";
import { type Contender, startContender } from "./contender.ts";
import { answerOf, composeHouse, PAGES, variablesOf } from "./house.ts";
import { hashOfData, measure, readAnswers } from "./load.ts";
import { startStubs } from "./stubs.ts";
import { installHive } from "./targets/hive.ts";
import { targets } from "./targets/index.ts";
import { table } from "./table.ts";

/** What one round of one target used. */
export type Round = { cpuMs: number; requests: number; seconds: number; p50Ms: number; p99Ms: number; rssMb: number };
export type Results = Map<string, { distinct: Round[]; identical: Round[] }>;
type Options = { seconds?: number; rounds?: number; connections?: number; profile?: string; only?: string };

/** Every target is warmed with so many requests of each kind, for at most so many seconds: code that is not compiled yet is several times slower. */
const WARM = { requests: 1_500, seconds: 15 };
const STOCK = "stock";

/** Every gateway before the same stubs, in turns, so that whatever else the machine does falls on all of them; the gateway has one core, stubs and load the other. */
export async function benchGateway({
  seconds = 2,
  rounds = 5,
  connections = 20,
  profile,
  only,
}: Options): Promise<Row[]> {
  const pin = pinOurselves();
  const missing = installHive();
  if (missing !== undefined) console.error(missing);
  const named = Object.keys(targets).filter((name) => only === undefined || name.startsWith(only) || name === STOCK);
  const names = named.filter((name) => missing === undefined || !name.startsWith("hive"));
  const folder = mkdtempSync(path.join(tmpdir(), "bench-gateway-"));
  const stubs = await startStubs();
  const contenders: Contender[] = [];
  try {
    for (const name of names) contenders.push(await start(name, stubs.urls, folder, pin));
    const bytes = await compareAnswers(contenders);
    const how = { seconds, connections, bytes };
    console.error(
      `${rounds} rounds of ${seconds} s, ${connections} connections, Node ${process.version}; every answer is the same data.`,
    );
    for (const { name, asking } of contenders)
      for (const distinct of [true, false])
        await measure(asking, { ...how, ...WARM, distinct, bytes: bytes.get(name)! });
    const results = await runRounds(contenders, { ...how, rounds, profile });
    return table(results, STOCK);
  } finally {
    await Promise.all(contenders.map(({ end }) => end()));
    stubs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function start(name: string, urls: Record<string, string>, folder: string, pin: readonly string[]): Promise<Contender> {
  const own = path.join(folder, name.replaceAll(/\W+/g, "-"));
  mkdirSync(own);
  const setting = { urls, supergraph: composeHouse(urls, false), secured: composeHouse(urls, true), folder: own };
  return startContender(name, setting, pin);
}

/** Every page of every target has to be the data that the subgraphs have; gives the lengths of its answers. */
async function compareAnswers(contenders: readonly Contender[]): Promise<Map<string, number[]>> {
  const wanted = Array.from({ length: PAGES }, (_, page) => hashOfData(answerOf(variablesOf(page))));
  const lengths = new Map<string, number[]>();
  for (const { name, asking } of contenders) {
    const { hashes, bytes } = await readAnswers(asking).catch((cause: unknown) => {
      throw new Error(`${name}: ${(cause as Error).message}`, { cause });
    });
    const page = hashes.findIndex((hash, at) => hash !== wanted[at]);
    if (page >= 0) throw new Error(`${name} answers page ${page} with other data than the subgraphs have.`);
    lengths.set(name, bytes);
  }
  return lengths;
}

type How = {
  seconds: number;
  connections: number;
  rounds: number;
  bytes: ReadonlyMap<string, number[]>;
  profile: string | undefined;
};

async function runRounds(contenders: readonly Contender[], how: How): Promise<Results> {
  const results: Results = new Map(contenders.map(({ name }) => [name, { distinct: [], identical: [] }]));
  for (const variables of ["distinct", "identical"] as const)
    for (let round = 0; round < how.rounds; round += 1)
      for (const contender of contenders) {
        const took = await runRound(contender, how, variables);
        results.get(contender.name)![variables].push(took);
        console.error(
          `${variables}, round ${round + 1}, ${contender.name}: ${(took.cpuMs / took.requests).toFixed(3)} ms of CPU a request`,
        );
      }
  if (how.profile !== undefined) await keepProfiles(contenders, how, how.profile);
  return results;
}

async function runRound(
  { name, asking, ask }: Contender,
  how: How,
  variables: "distinct" | "identical",
): Promise<Round> {
  const before = await ask({ order: "usage" });
  const { requests, seconds, latenciesMs } = await measure(asking, {
    ...how,
    distinct: variables === "distinct",
    bytes: how.bytes.get(name)!,
  });
  const after = await ask({ order: "usage" });
  const at = (share: number) =>
    latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
  return { cpuMs: after.cpuMs - before.cpuMs, requests, seconds, p50Ms: at(0.5), p99Ms: at(0.99), rssMb: after.rssMb };
}

/** One more round of each with distinct variables, under node's profiler. */
async function keepProfiles(contenders: readonly Contender[], how: How, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const contender of contenders) {
    await contender.ask({ order: "profile" });
    await runRound(contender, how, "distinct");
    const file = path.resolve(folder, `${contender.name.replaceAll(/\W+/g, "-")}.cpuprofile`);
    await contender.ask({ order: "keep profile", file });
    console.error(`The profile of ${contender.name} is in ${file}.`);
  }
}

/** Stubs and load stay on the first core; gives the command that starts a gateway on the second, or says why the numbers are worth less. */
function pinOurselves(): string[] {
  const [ours, theirs] = ownCores();
  if (availableParallelism() < 2 || (ours !== undefined && theirs === undefined)) {
    console.error(
      "There is one core here for gateways, stubs and load. CPU per request still compares, requests per second don't.",
    );
    return [];
  }
  if (ours !== undefined && taskset("-a", "-c", "-p", ours, String(process.pid)).status === 0)
    return ["taskset", "-c", theirs!];
  console.error("There is no taskset here: gateways, stubs and load share all cores, and the numbers vary more.");
  return [];
}

const taskset = (...words: string[]) => spawnSync("taskset", words, { encoding: "utf8" });

/** The cores that this process may use, as taskset tells them ("0-3,6"); empty where there is no taskset. */
function ownCores(): string[] {
  const { status, stdout } = taskset("-c", "-p", String(process.pid));
  const [, list = ""] = (status === 0 && /: ([\d,-]+)\s*$/.exec(stdout)) || [];
  return list.split(",").flatMap((part) => {
    const [from, to = from] = part.split("-");
    return part === ""
      ? []
      : Array.from({ length: Number(to) - Number(from) + 1 }, (_, at) => String(Number(from) + at));
  });
}
