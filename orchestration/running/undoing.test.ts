import assert from "node:assert/strict";
import { test } from "node:test";
import type { TwoPhase } from "#adapters/port.ts";
import type { Instructions } from "#adapters/wms/port.ts";
import { inTransaction } from "#shared/database.ts";
import { hashOf } from "#shared/hash.ts";
import { createSilentLog } from "#shared/log.ts";
import { replayTask } from "../exceptions.ts";
import { loadReturn } from "../facts.ts";
import { effectKey } from "../goods.ts";
import type { Policies } from "../policies/policies.ts";
import type { ReturnState } from "../return-state.ts";
import type { DocumentStep, InstructionStep } from "../step.ts";
import { discardStrays } from "../strays.ts";
import { begin, openBench, run, stampFor, until } from "../testing/engine-for-tests.ts";
import type { Fault, Verb } from "../testing/fake-erp.ts";
import { documentStep, done, flowOf, instructionStep, reactionsOf } from "../testing/fake-flows.ts";

// What becomes of a committed intent when its request changes before it is done: so many units are counted, the ERP is away, another number is counted.

const bench = await openBench({ settleMs: 600_000 });

type Counting = {
  /** What is counted at first, and what from the first call of `meanwhile` on. */
  then: number;
  meanwhile: Verb;
  faults?: [Verb, ...Fault[]][];
  protocol?: "draft-and-post" | "put";
  asCommitted?: true;
  byHand?: true;
};
type Seen = { effects: [key: string, phase: string][]; documents: [status: string, counted: number][]; told: string[] };

/** Runs one step that brings the ERP to what is counted: 4 at first. Gives what is left when it has come to rest. */
async function count(how: Counting, act: (id: string) => Promise<unknown> = async () => {}): Promise<Seen> {
  let counted = 4;
  const asked = new Map<string, number>();
  const change = (verb: Verb) => {
    if (verb === how.meanwhile) counted = how.then;
  };
  const { protocol = "draft-and-post", asCommitted, byHand } = how;
  const of = { ...(asCommitted ? { asCommitted } : {}) };
  const told = (state: ReturnState) =>
    state.caseIds.reduce((sum, { caseId }) => sum + Number(caseId.split("=")[1] ?? 0), 0);
  const rest = (state: ReturnState) => counted - told(state);
  const step: Partial<DocumentStep> & Partial<InstructionStep> = {
    ...of,
    guard: (state) => (rest(state) === 0 ? { skip: "it is there" } : "go"),
    intent: (state, at) => {
      const request = { counted: rest(state) };
      asked.set(hashOf(request), request.counted);
      return { key: effectKey(state, at, "R", 1 + state.caseIds.length), request };
    },
    facts: (_: ReturnState, __: unknown, ___: unknown, { request }: { request: unknown }) => {
      const { counted: bound } = request as { counted: number };
      return [done(`${bound > 0 ? "in" : "out"}=${bound}`)];
    },
  };
  const port = () => watched(bench.erp.documents, change, byHand);
  const instructions = () => watched(bench.erp.instructions, change);
  const made =
    protocol === "put"
      ? {
          ...instructionStep(bench.erp, "count", "put", "R"),
          ...(step as Partial<InstructionStep>),
          port: instructions,
        }
      : documentStep(bench.erp, "count", protocol, "R", { ...(step as Partial<DocumentStep>), port });
  for (const [verb, ...these] of how.faults ?? []) await bench.erp.fail(verb, ...these);
  const reactions = reactionsOf(flowOf("counting", [made]));
  const { id, started } = await begin(bench.db, reactions);
  const running = run(bench, reactions);
  try {
    await until(bench.db, started[0]!.id, "SUCCEEDED", "NEEDS_ATTENTION");
    await act(id);
    await until(bench.db, started[0]!.id, "SUCCEEDED", "NEEDS_ATTENTION");
  } finally {
    await running.stop();
  }
  return left(id, asked);
}

/** The port, which says each verb before it does it; `byHand`: a person posts the draft as soon as it is there. */
function watched<Port extends TwoPhase<unknown> | Instructions<unknown>>(
  port: Port,
  said: (verb: Verb) => void,
  byHand?: true,
): Port {
  const each = Object.entries(port).map(([verb, work]) => [
    verb,
    async (...told: unknown[]) => {
      said(verb as Verb);
      const answer = await (work as (...args: unknown[]) => Promise<unknown>)(...told);
      if (byHand && verb === "draft")
        await bench.pool.query("update fake.documents set status = 'POSTED' where key = $1", [told[0]]);
      return answer;
    },
  ]);
  return Object.fromEntries(each) as Port;
}

/** Keys without what all have in common. */
async function left(id: string, asked: ReadonlyMap<string, number>): Promise<Seen> {
  const state = (await loadReturn(bench.db, id))!;
  assert.deepEqual(state.ambiguous, {}, "nothing is ambiguous any more");
  const prefix = `BH1-${state.rmaNumber.replace("-", "")}-`;
  const effects = await bench.db
    .selectFrom("effects")
    .selectAll()
    .where("return_id", "=", id)
    .orderBy("created_at")
    .execute();
  const { rows } = await bench.pool.query<{ status: string; hash: string }>(
    "select status, hash from fake.documents where key like $1 order by made_at",
    [`${prefix}%`],
  );
  return {
    effects: effects.map(({ transaction_key, phase }) => [transaction_key.replace(prefix, ""), phase]),
    documents: rows.map(({ status, hash }) => [status, asked.get(hash)!]),
    told: state.caseIds.map(({ caseId }) => caseId),
  };
}

const redone = (key: string) => [
  ["R0001", "UNDONE"],
  ["R0001-U", "DONE"],
  [key, "DONE"],
];

test("what was never sent is undone once the system says that it isn't there, and done anew under a key of its own (W-06, W-07)", async () => {
  const { effects, documents, told } = await count({ faults: [["draft", "refused"]], meanwhile: "draft", then: 3 });
  assert.deepEqual([effects, documents, told], [redone("R0002"), [["POSTED", 3]], ["in=3"]]);
});

test("a draft whose content isn't asked for any more is discarded, and another posted (W-06, W-07)", async () => {
  const { effects, documents } = await count({ faults: [["post", "refused"]], meanwhile: "post", then: 3 });
  assert.deepEqual([effects, documents], [redone("R0002"), [["POSTED", 3]]]);
});

test("a draft that nothing is asked of any more is discarded, and nothing posted (W-07)", async () => {
  const { effects, documents, told } = await count({ faults: [["post", "refused"]], meanwhile: "post", then: 0 });
  assert.deepEqual(
    [effects, documents, told],
    [
      [
        ["R0001", "UNDONE"],
        ["R0001-U", "DONE"],
      ],
      [],
      [],
    ],
  );
});

test("an answer to the draft that was lost is looked up first; the draft that is found is then discarded (W-05, W-07)", async () => {
  const { effects, documents } = await count({ faults: [["draft", "lost"]], meanwhile: "draft", then: 3 });
  assert.deepEqual([effects.toSorted(), documents], [redone("R0004").toSorted(), [["POSTED", 3]]]);
});

test("what was perhaps posted counts as it was committed, and the difference is another document (W-06, D-15)", async () => {
  for (const fault of ["lost", "late"] as const) {
    const { effects, documents, told } = await count({ faults: [["post", fault]], meanwhile: "post", then: 3 });
    const both = [
      ["POSTED", 4],
      ["POSTED", -1],
    ];
    assert.deepEqual(
      [effects.map(([, phase]) => phase), documents, told],
      [["DONE", "DONE"], both, ["in=4", "out=-1"]],
    );
    await bench.pool.query("delete from fake.late");
  }
});

test("whatever fails while an intent is undone, there is one document (W-03, W-05, W-07)", async () => {
  const failures: [Verb, ...Fault[]][][] = [
    [["lookUp", "refused"]],
    [["lookUp", "pass", "unsure", "unsure"]],
    [["discard", "refused"]],
    [["discard", "lost"]],
    [
      ["discard", "lost"],
      ["lookUp", "pass", "pass", "unsure", "refused"],
    ],
  ];
  for (const faults of failures) {
    const { effects, documents } = await count({
      faults: [["post", "refused"], ...faults],
      meanwhile: "post",
      then: 3,
    });
    await bench.pool.query("delete from fake.faults");
    assert.deepEqual([effects.map(([, phase]) => phase), documents], [["UNDONE", "DONE", "DONE"], [["POSTED", 3]]]);
  }
});

test("a draft that a person has posted by hand meanwhile counts as it was committed (W-03, W-06)", async () => {
  const { effects, documents, told } = await count({ byHand: true, meanwhile: "draft", then: 3 });
  const both = [
    ["POSTED", 4],
    ["POSTED", -1],
  ];
  assert.deepEqual(
    [effects.map(([, phase]) => phase), documents, told],
    [["DONE", "REFUSED", "DONE"], both, ["in=4", "out=-1"]],
  );
});

test("a decision's own content is carried through (W-08)", async () => {
  const { effects, documents, told } = await count({
    faults: [["draft", "refused"]],
    meanwhile: "draft",
    then: 3,
    asCommitted: true,
  });
  assert.deepEqual([effects[0], documents[0], told[0]], [["R0001", "DONE"], ["POSTED", 4], "in=4"]);
});

test("an instruction that was never sent is undone, and another sent (W-06, W-07)", async () => {
  const { effects, told } = await count({ protocol: "put", faults: [["put", "refused"]], meanwhile: "put", then: 3 });
  assert.deepEqual([effects, told], [redone("R0002"), ["in=3"]]);
});

test("what a system refused is undone when something else is asked for; the replayed task ends by itself (W-06, RS-09)", async () => {
  let ofTask: string | undefined;
  const { effects, documents } = await count({ faults: [["post", "no"]], meanwhile: "post", then: 3 }, async (id) => {
    const task = await bench.db
      .selectFrom("exceptions")
      .selectAll()
      .where("return_id", "=", id)
      .executeTakeFirstOrThrow();
    ofTask = task.id;
    await inTransaction(bench.db, (tx) => replayTask(tx, task.id, { note: "corrected" }, stampFor()));
  });
  assert.deepEqual([effects.map(([, phase]) => phase), documents], [["UNDONE", "DONE", "DONE"], [["POSTED", 3]]]);
  const { resolution } = await bench.db
    .selectFrom("exceptions")
    .selectAll()
    .where("id", "=", ofTask!)
    .executeTakeFirstOrThrow();
  assert.equal(resolution, "CONVERGED");
});

test("a draft that a system makes after its intent was undone is discarded when the settle time is over (W-01, W-07)", async () => {
  const { effects } = await count({
    faults: [
      ["draft", "late"],
      ["post", "refused"],
    ],
    meanwhile: "post",
    then: 0,
  });
  assert.deepEqual(
    effects.map(([, phase]) => phase),
    ["UNDONE", "DONE"],
  );
  await bench.erp.doLate();
  const { rows } = await bench.pool.query<{ key: string }>("select key from fake.documents where status = 'DRAFT'");
  assert.equal(rows.length, 1);
  await bench.db
    .updateTable("effects")
    .set({ updated_at: new Date(0) })
    .where("phase", "=", "UNDONE")
    .execute();
  const { flows } = reactionsOf(flowOf("counting", [documentStep(bench.erp, "count", "draft-and-post", "R")]));
  const parts = { db: bench.db, log: createSilentLog(), systems: bench.erp.systems };
  const of = { policies: {} as Policies, installation: "BH1", flows };
  assert.equal(await discardStrays({ ...parts, ...of }), 1);
  assert.equal(await discardStrays({ ...parts, ...of }), 0);
});
