import assert from "node:assert/strict";
import { loadReturn, readFacts } from "#orchestration/facts.ts";
import { fold } from "#orchestration/fold.ts";
import { OUTSIDE } from "#orchestration/memo-goods.ts";
import { project } from "#orchestration/project.ts";
import { bucketsOf, replacementUnits } from "#orchestration/quantities.ts";
import type { PostingState, ReturnState } from "#orchestration/return-state.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import type { Everything } from "./start-everything.ts";

/** After every story (proofs.md A1, A2): one document in the ERP for a transaction key, ledgers that tie in themselves and with what we recorded, nothing silent, and projections that are the fold. */
export async function judge(system: Everything, returnId: string): Promise<void> {
  await system.quiet(returnId);
  await oneDocumentForEachKey(system, returnId);
  await oneLabelForEachKey(system, returnId);
  assert.deepEqual(
    system.sandbox.servers["business-central"].ledger.tieOut(),
    { ok: true, differences: [] },
    "stock and receivables tie to the cent (D-35)",
  );
  await erpHoldsWhatWeRecorded(system, returnId);
  const state = await system.stateOf(returnId);
  stockAsTold(system, state);
  receivablesAsTold(system, state);
  replacementsAsTold(system, state);
  sentencesWithoutAmounts(state);
  await nothingSilent(system, returnId);
  // One snapshot of the database: a late event may still be on its way.
  await system.db
    .transaction()
    .setIsolationLevel("repeatable read")
    .execute((tx) => foldedAgain(tx, returnId));
}

/** Sentences that everybody reads name no amount: those stand beside them, for who sees prices (D-40). */
function sentencesWithoutAmounts({ exceptions, approvals }: ReturnState): void {
  const said = [
    ...exceptions.map(({ summary }) => summary),
    ...approvals.flatMap(({ reasons }) => reasons.map(({ message }) => message)),
  ];
  assert.deepEqual(
    said.filter((text) => /\d (USD|CAD|EUR)\b|\d\.\d{2}(?!\d| [A-Z]{2})/.test(text)),
    [],
  );
}

async function oneDocumentForEachKey({ db, sandbox }: Everything, returnId: string): Promise<void> {
  const effects = await db
    .selectFrom("effects")
    .select(["transaction_key", "phase", "system", "deed", "document_id"])
    .where("return_id", "=", returnId)
    .execute();
  const { ledger } = sandbox.servers["business-central"];
  for (const { transaction_key: key, phase, system, deed } of effects.filter((effect) =>
    effect.system.startsWith("erp"),
  )) {
    if (key.endsWith("-U")) continue;
    if (deed === "create replacement order") {
      oneReplacementForKey(ledger.outgoing(key), { key, phase });
      continue;
    }
    const documents = ledger.byKey(key);
    const posted = documents.filter(({ status }) => status !== "Draft");
    assert.ok(posted.length <= 1, `${deed} ${key} was posted ${posted.length} times in ${system} (RS-01)`);
    if (phase === "DONE")
      assert.equal(documents.length, 1, `${deed} ${key} left ${documents.length} documents in ${system} (W-01)`);
    if (phase === "UNDONE") assert.deepEqual(documents, [], `${deed} ${key} was undone (W-07)`);
  }
}

/** Goods go out once for a key: on an open order or, that being gone, by its shipment (D-04). */
function oneReplacementForKey(
  { orders, shipments }: ReturnType<Everything["sandbox"]["servers"]["business-central"]["ledger"]["outgoing"]>,
  { key, phase }: { key: string; phase: string },
): void {
  const free = [...orders, ...shipments].flatMap(({ lines }) => lines.map((line) => Number(line["unitPrice"])));
  assert.ok(
    free.every((price) => price === 0),
    `the replacement ${key} is free of charge`,
  );
  if (phase === "DONE") assert.equal(orders.length + shipments.length, 1, `${key} left one replacement (W-01)`);
  if (phase === "UNDONE") assert.deepEqual([orders, shipments], [[], []], `the replacement ${key} was undone (W-07)`);
}

/** What the facts say went out is on the order or shipment of its key, item by item, and a unit of a line is paid for or replaced, never both (D-14, D-16). */
function replacementsAsTold({ sandbox }: Everything, state: ReturnState): void {
  const { ledger } = sandbox.servers["business-central"];
  for (const { status, order, lines, shipments } of state.replacements) {
    if (!order || status === "CANCELLED") continue;
    const out = ledger.outgoing(order.transactionKey);
    const held = status === "SHIPPED" ? out.shipments : [...out.orders, ...out.shipments];
    const sumsOf = (rows: [string, string][]) =>
      [...Map.groupBy(rows, ([sku]) => sku)]
        .map(([sku, own]) => `${sku} ${sum(own.map(([, quantity]) => new Fraction(quantity))).toFraction()}`)
        .toSorted();
    assert.deepEqual(
      sumsOf(
        held.flatMap((one) => one.lines.map((line) => [String(line["lineObjectNumber"]), String(line["quantity"])])),
      ),
      sumsOf(lines.map(({ sku, quantity }) => [sku, quantity.value])),
      `what goes out on ${order.number}`,
    );
    if (status === "SHIPPED")
      assert.deepEqual(held.map(({ number }) => number).toSorted(), shipments.toSorted(), "its shipments");
  }
  for (const line of state.lines) {
    const { accepted, credited } = bucketsOf(state, line);
    const out = replacementUnits(
      state.replacements.filter(({ status }) => status === "ORDERED" || status === "SHIPPED"),
      line.id,
    );
    if (out.gt(0)) assert.ok(out.add(credited).lte(accepted), `${line.id}: paid for or replaced, never both (D-16)`);
  }
}

/** Nothing in the ERP's ledger under this return's number that no effect of ours asked for; each posted memo has the total, and quarantine the goods, that our facts say. */
async function erpHoldsWhatWeRecorded(system: Everything, returnId: string): Promise<void> {
  const { ledger } = system.sandbox.servers["business-central"];
  const state = await system.stateOf(returnId);
  const number = state.rmaNumber.replaceAll("-", "");
  const documents = [...ledger.posted(), ...ledger.drafts()].filter(
    ({ externalDocumentNumber: key, company }) => key.includes(number) && company === state.companyId,
  );
  const effects = await system.db
    .selectFrom("effects")
    .select("transaction_key")
    .where("return_id", "=", returnId)
    .execute();
  const keys = new Set(effects.map(({ transaction_key }) => transaction_key));
  for (const order of ledger.openOrders(number).filter(({ company }) => company === state.companyId))
    assert.ok(keys.has(order.externalDocumentNumber), "an order of the ERP is no effect of ours (W-05)");
  for (const { externalDocumentNumber: key, kind } of documents)
    assert.ok(keys.has(key), `${kind} ${key} is in the ERP and no effect of ours (W-05)`);

  const posted = documents.filter(({ status }) => status !== "Draft");
  for (const { status, transactionKey, erp } of state.credits)
    if (status === "POSTED")
      assert.deepEqual(
        posted
          .filter(({ externalDocumentNumber: key }) => key === transactionKey)
          .map(({ header }) => header["totalAmountIncludingTax"]),
        [erp!.total],
        `the memo ${transactionKey} is what we recorded of it`,
      );
  // What a task is about may be done there and not known here.
  if (state.exceptions.some(({ status }) => status !== "RESOLVED")) return;
  const numbers = new Set(posted.map((document) => document.number));
  const there = ledger
    .itemEntries()
    .filter((entry) => entry["company"] === state.companyId && numbers.has(String(entry["documentNumber"])))
    .filter((entry) => entry["locationCode"] === "QUARANTINE");
  assert.equal(
    sum(there.map((entry) => new Fraction(String(entry["quantity"])))).toFraction(),
    sum(state.postings.filter(({ documentNumber }) => numbers.has(documentNumber)).map(inQuarantine)).toFraction(),
    "the goods in quarantine",
  );
}

function inQuarantine({ kind, dispositionId, from, to, quantity, lines }: PostingState): Fraction {
  const base =
    lines.length > 0 ? sum(lines.map((line) => new Fraction(line.quantity.base))) : new Fraction(quantity.base);
  if ((kind === "CORRECTION" && dispositionId === null) || to === "quarantine") return base;
  return from === "quarantine" ? base.neg() : new Fraction(0);
}

/** Whatever happened on the way, one label was paid for, and nothing was paid for that nobody knows of. */
async function oneLabelForEachKey({ db, sandbox }: Everything, returnId: string): Promise<void> {
  const effects = await db
    .selectFrom("effects")
    .select(["transaction_key", "phase"])
    .where("return_id", "=", returnId)
    .where("deed", "=", "buy label")
    .execute();
  for (const { transaction_key: key, phase } of effects) {
    const bought = sandbox.servers.easypost.ledger.labels().filter(({ reference }) => reference === key);
    assert.ok(bought.length <= 1, `the label ${key} was paid for ${bought.length} times (W-01)`);
    if (phase === "DONE") assert.equal(bought.length, 1, `the label ${key} is told of, and was never paid for`);
  }
}

/** Our names of places are the ERP's locations of systems.yml; a site is a location of its own. */
const locations: Record<string, string> = {
  quarantine: "QUARANTINE",
  consignment: "CONSIGN",
  bGrade: "BGRADE",
  repair: "REPAIR",
  vendor: "TOVENDOR",
};

/** What the facts say came in, moved or went out under a document is what the ERP's item ledger has under it, unit by unit, whichever mode it is in (D-02, RS-05). */
function stockAsTold({ sandbox }: Everything, state: ReturnState): void {
  const { ledger } = sandbox.servers["business-central"];
  const moved = new Map<string, Fraction>();
  const add = (number: string, place: string | null, quantity: Fraction | string) => {
    if (place === null || place === OUTSIDE) return;
    const key = `${number} at ${locations[place] ?? place}`;
    moved.set(key, (moved.get(key) ?? new Fraction(0)).add(quantity));
  };
  for (const { kind, documentNumber, dispositionId, from, to, quantity, lines } of state.postings) {
    if (kind === "STOCK_IN") for (const line of lines) add(documentNumber, to, line.quantity.base);
    else if (dispositionId === null) add(documentNumber, homeOf(state, lines[0]?.returnLineId), quantity.base);
    else {
      add(documentNumber, from, new Fraction(quantity.base).neg());
      add(documentNumber, to, quantity.base);
    }
  }
  for (const [key, quantity] of moved) {
    const [number, location] = key.split(" at ");
    const entries = ledger
      .itemEntries()
      .filter((entry) => entry["company"] === state.companyId && entry["documentNumber"] === number)
      .filter((entry) => entry["locationCode"] === location);
    const inErp = sum(entries.map((entry) => new Fraction(String(entry["quantity"]))));
    assert.equal(inErp.toFraction(), quantity.toFraction(), `${state.companyId}: what moved under ${key} (RS-05)`);
  }
}

const homeOf = (state: ReturnState, returnLineId: string | null | undefined): string =>
  state.lines.find(({ id }) => id === returnLineId)?.posted?.supplierOwned ? "consignment" : "quarantine";

/** Each posted credit is owed back to the customer to the cent, and went where we say it went (D-25, D-35). */
function receivablesAsTold({ sandbox }: Everything, { companyId, credits }: ReturnState): void {
  const { ledger } = sandbox.servers["business-central"];
  const ofMemo = (entries: ReturnType<typeof ledger.applications>, field: string, number: string | null) =>
    entries.filter((entry) => entry["company"] === companyId && entry[field] === number);
  for (const { number, erp, applications, onAccount } of credits.filter(({ status }) => status === "POSTED")) {
    const [entry, ...others] = ofMemo(ledger.customerEntries(), "documentNumber", number);
    assert.deepEqual([entry?.["amount"], others], [new Fraction(erp!.total).equals(0) ? "0.00" : `-${erp!.total}`, []]);
    if (onAccount === null) continue;
    const took = ofMemo(ledger.applications(), "creditMemoNumber", number);
    // Of a memo that is not paid in full, plain v2.0 does not tell what its invoice took.
    const isTold = companyId !== "CA02" || took.some((one) => one["amount"] === erp!.total);
    const applied = isTold ? took : [];
    assert.deepEqual(
      applied.map((one) => [one["invoiceNumber"], one["amount"]]),
      applications.map(({ invoiceNumber, amount }) => [invoiceNumber, amount]),
      `where memo ${number} went`,
    );
  }
}

/** Converged, or an open task with an owner (A2). What a late event has just started is neither; `quiet` has waited for the rest. */
async function nothingSilent({ db }: Everything, returnId: string): Promise<void> {
  const stopped = await db
    .selectFrom("operations")
    .leftJoin("exceptions", "exceptions.id", "operations.exception_id")
    .select(["flow", "operations.step", "exceptions.status", "exceptions.owner_role"])
    .where("operations.return_id", "=", returnId)
    .where("operations.status", "=", "NEEDS_ATTENTION")
    .execute();
  for (const { flow, step, status, owner_role: owner } of stopped)
    assert.ok(status && status !== "RESOLVED" && owner, `${flow} stopped at ${step} with no task (RS-28)`);
}

async function foldedAgain(db: Transaction, returnId: string): Promise<void> {
  const facts = await readFacts(db, returnId, { limit: 10_000 });
  assert.deepEqual(
    facts.map(({ version }) => version),
    facts.map((_, index) => index + 1),
    "versions are dense",
  );
  const state = fold(facts);
  assert.deepEqual(state, await loadReturn(db, returnId));
  const { returns, return_lines, approvals, credits } = project(state);
  const row = await db.selectFrom("returns").selectAll().where("id", "=", returnId).executeTakeFirstOrThrow();
  assert.equal(row.status, returns.status);
  assert.equal(row.version, returns.version);
  const lines = await db
    .selectFrom("return_lines")
    .select(["id", "requested", "authorized", "received", "accepted", "credited"])
    .where("return_id", "=", returnId)
    .orderBy("position")
    .execute();
  assert.deepEqual(lines.map(numbers), return_lines.map(numbers));
  const stored = await db
    .selectFrom("approvals")
    .select(["id", "status"])
    .where("return_id", "=", returnId)
    .orderBy("id")
    .execute();
  assert.deepEqual(
    stored,
    approvals.map(({ id, status }) => ({ id, status })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
  const memos = await db
    .selectFrom("credits")
    .select(["id", "status", "number"])
    .where("return_id", "=", returnId)
    .orderBy("id")
    .execute();
  assert.deepEqual(
    memos,
    credits.map(({ id, status, number }) => ({ id, status, number })).toSorted((a, b) => (a.id < b.id ? -1 : 1)),
  );
}

type Numbers = {
  id: string;
  requested: unknown;
  authorized: unknown;
  received: unknown;
  accepted: unknown;
  credited: unknown;
};
const numbers = ({ id, requested, authorized, received, accepted, credited }: Numbers) => ({
  id,
  requested: Number(requested),
  authorized: Number(authorized),
  received: Number(received),
  accepted: Number(accepted),
  credited: Number(credited),
});
