import assert from "node:assert/strict";
import { before, test } from "node:test";
import { Fraction } from "#shared/decimal.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const times = <Value>(count: number, make: (index: number) => Promise<Value>): Promise<Value[]> =>
  Promise.all(Array.from({ length: count }, (_, index) => make(index)));

test("SO-100015: of twelve returns that race for three returnable units, three are granted and nine refused (W-13, D-14, OS-05)", async () => {
  const answers = await times(12, (index) =>
    acts.askReturn("SO-100015", [{ quantity: "1" }], { by: index % 2 ? "ada" : "sam" }),
  );
  const granted = answers.flatMap((answer) => answer.return ?? []);
  const refused = answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code));
  assert.deepEqual([granted.length, refused], [3, Array(9).fill("QUANTITY_EXCEEDED")]);
  const taken = await system.db
    .selectFrom("allocations")
    .select(["key", "reserved"])
    .where("key", "like", "erp.order:%SO-100015/%")
    .execute();
  assert.equal(taken.reduce((all, { reserved }) => all.add(reserved), new Fraction(0)).toFraction(), "3");
  for (const { id } of granted) await acts.expected(id);
  for (const { id } of granted) await judge(system, id);
});

test("SO-100015: what a cancelled return releases is granted once, whoever asks (D-14, W-13)", async () => {
  const [{ id }] = (await system.db
    .selectFrom("returns")
    .select("id")
    .where("order_number", "=", "SO-100015")
    .limit(1)
    .execute()) as [{ id: string }];
  await acts.cancel(id);
  await system.returnWhen(id, "the cancellation", ({ lines }) => lines.every(({ cancelled }) => cancelled === "1"));
  const answers = await times(6, () => acts.askReturn("SO-100015", [{ quantity: "1" }]));
  const granted = answers.flatMap((answer) => answer.return ?? []);
  assert.equal(granted.length, 1);
  await acts.expected(granted[0]!.id);
  await judge(system, id);
  await judge(system, granted[0]!.id);
});

test("SO-100004: three returns of one invoice line, received and inspected at once, are credited 100.00 to the cent (D-20, W-13)", async () => {
  const returnIds = await times(3, () => acts.requestReturn("SO-100004", [{ quantity: "1" }]));
  await Promise.all(
    returnIds.map(async (returnId) => {
      const { receipt, floor } = await acts.receive(returnId);
      floor.inspect({ receipt, line: 1, grade: "A" });
    }),
  );
  const states = await Promise.all(returnIds.map((returnId) => acts.credited(returnId, 1)));
  const totals = states.flatMap(({ credits }) => credits.map(({ erp }) => erp!.total));
  assert.deepEqual(totals.toSorted(), ["33.33", "33.33", "33.34"]);
  await Promise.all(returnIds.map((returnId) => acts.executeDispositions(returnId, 1)));
  for (const returnId of returnIds) await judge(system, returnId);
});
