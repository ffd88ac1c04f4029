import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import type { ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import type { Answer } from "../clients.ts";
import { judge } from "../judge.ts";
import { copyBundles, createPartnerClients, type PartnerClient } from "../partner-clients.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// The four partners of the seed with the documents of the contract that are meant for them (D-40), each by id on the gateway's doors.

let system: Everything;
let acts: Acts;
let folder: string;
let partners: ReturnType<typeof createPartnerClients>;
/** A return of each: what comes to HAM4, of the marketplace, of boltco, of supplyco's goods. */
const own: Record<string, string> = {};
before(async () => {
  const bundles = await copyBundles(["acme-3pl", "boltco"]);
  folder = bundles.folder;
  system = await startEverything({ env: { PARTNERS_DIR: folder } });
  acts = createActs(system);
  partners = createPartnerClients(system.gateway, bundles.keys);
  own["acme-3pl"] = await acts.requestReturn("SO-300001", [{ quantity: "2" }], { by: "sam", company: "EU03" });
  own["supplyco"] = await acts.requestReturn("SO-100021", [{ quantity: "1" }]);
});
after(() => partners.stop());

const FORGED = "R26-7Q3KX2M";
const numberOf = async (id: string) => (await system.stateOf(id)).rmaNumber;
const statusDocument = (partner: string) =>
  partner === "boltco" || partner === "northwind-market" ? "customer-return-status" : "return-status";
const look = async (client: PartnerClient, partner: string, rmaNumber: string): Promise<Answer> =>
  client.ask(statusDocument(partner), { rmaNumber });
const typesOf = (frames: readonly Answer[]): string[] =>
  frames.flatMap(({ data }) => data?.returnMilestones.milestone?.type ?? []);
const hasType = (type: string, id: string) => (frame: Answer) =>
  frame.data?.returnMilestones.milestone?.type === type && frame.data.returnMilestones.return.id === id;
const cursorOf = (frame: Answer): string => frame.data.returnMilestones.cursor;
const isCheckpoint = ({ data }: Answer) => data?.returnMilestones.milestone === null;

/** An order with a line of goods that come back without more ado, delivered lately. */
function lately(fits: (order: { customerNumber: string; channel: string }) => boolean) {
  const { orders, items } = system.sandbox.distributor;
  const plain = new Map(items.map((item) => [item.sku, item]));
  const since = new Date(Date.now() - 24 * 86_400_000).toISOString().slice(0, 10);
  const until = new Date(Date.now() - 3 * 86_400_000).toISOString().slice(0, 10);
  for (const order of orders.filter((one) => one.company === "US01" && one.invoices.length === 1 && fits(one))) {
    const { deliveredOn } = order.shipments[0]!;
    const line = order.lines.find(({ sku, unit, unitPrice }) => {
      const { tracking, hazardous, returnable, supplierOwned, recalled } = plain.get(sku)!;
      const isPlain = tracking === "NONE" && !hazardous && returnable && !supplierOwned && !recalled;
      return isPlain && unit === "EA" && Number(unitPrice) < 400;
    });
    if (line && deliveredOn && deliveredOn > since && deliveredOn < until)
      return { number: order.number, orderLineId: `erp.order:US01:${order.number}/${line.sequence}`, line };
  }
  throw new Error("the seed has no such order");
}
const asking = (orderLineId: string, key = newKey()) => ({
  input: {
    idempotencyKey: key,
    lines: [{ orderLineId, quantity: { value: "1", unit: "EA" }, reasonCode: "WRONG_SHIPMENT" }],
  },
});
/** Asks again where the same key is still being worked on, as that answer says (W-21). */
async function untilNotBusy(ask: () => Promise<Answer>): Promise<Answer> {
  const answer = await ask();
  return answer.data?.requestReturn.userErrors[0]?.code === "TRY_AGAIN" ? untilNotBusy(ask) : answer;
}
const noOrder = (answer: Answer) => {
  const { operation, return: none, userErrors } = answer.data.requestReturn;
  return [operation, none, userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`)];
};

test("a third party finds the return that comes to its site, reports its goods in its own codes, once, and follows it; money and others' returns are not there for it (D-40, G-13, W-18, PE-02, PE-03)", async () => {
  const acme = await partners.as("acme-3pl");
  const id = own["acme-3pl"]!;
  await system.returnWhen(id, "HAM4 to know", ({ instruction }) => instruction !== null);
  const rmaNumber = await numberOf(id);
  const stream = acme.follow();
  await stream.until("a checkpoint", isCheckpoint);
  const report = (code: string, documentNumber: string, value: string, more = {}) =>
    acme.ask("report-status", {
      input: {
        ...{ idempotencyKey: newKey(), rmaNumber, documentNumber, code, occurredAt: new Date().toISOString() },
        lines: [{ sku: "BRG-6206", quantity: { value, unit: "PCE" }, conditionCode: "07" }],
        ...more,
      },
    });
  const told = await report("RCVD", "944-1", "1", { occurredAt: "2026-01-05T09:00:00Z" });
  assert.equal(told.errors, undefined, JSON.stringify(told.errors));
  const { operation, return: it, userErrors } = told.data.reportPartnerStatus;
  assert.deepEqual([userErrors, it.rmaNumber], [[], rmaNumber]);
  assert.match(operation.status, /^(ACCEPTED|RUNNING|SUCCEEDED)$/, "a worker may have it already");
  await stream.until("the receipt", hasType("receipt.recorded", id));
  const again = await report("RCVD", "944-1", "1", { occurredAt: "2026-01-05T09:00:00Z" });
  assert.equal(again.data.reportPartnerStatus.operation.id, operation.id, "the same document is the same report");
  await report("RCVD", "944-1", "2", { occurredAt: "2026-01-05T09:00:00Z" });
  await stream.until("the correction", hasType("receipt.corrected", id));
  const { data, errors } = await look(acme, "acme-3pl", rmaNumber);
  assert.equal(errors, undefined, JSON.stringify(errors));
  const { warehouse, lines, milestones, returnAddress } = data.returnByRmaNumber;
  assert.deepEqual([warehouse.code, returnAddress.country], ["HAM4", "DE"]);
  assert.deepEqual(lines[0].quantities.received, { value: "2", unit: "EA" });
  const types = milestones.edges.map(({ node }: any) => node.type);
  assert.ok(types.includes("warehouse.instructed") && types.includes("receipt.corrected"), types.join(" "));
  assert.ok(
    !types.some((type: string) => /^(return\.requested|credit|approval|exception)/.test(type)),
    types.join(" "),
  );
  await system.returnWhen(id, "the goods in the ERP's quarantine", ({ postings }) => postings.length > 0);
  await notTheirs(acme, "acme-3pl");
  const foreign = await report("RCVD", "944-9", "1", { rmaNumber: await numberOf(own["supplyco"]!) });
  const none = await report("RCVD", "944-9", "1", { rmaNumber: FORGED });
  assert.deepEqual(foreign, none);
  assert.deepEqual(
    none.data.reportPartnerStatus.userErrors.map(({ code }: any) => code),
    ["NOT_FOUND"],
  );
  await followsOn(acme, stream);
  stream.stop();
});

test("a customer asks for what it bought and sees what it will get back, to the cent; another's order and none are one answer (D-40, G-13, W-21)", async () => {
  const boltco = await partners.as("boltco");
  const stream = boltco.follow();
  await stream.until("a checkpoint", isCheckpoint);
  const order = lately(({ customerNumber }) => customerNumber === "C-2020");
  const sent = asking(order.orderLineId);
  const [first, second] = await Promise.all([1, 2].map(() => untilNotBusy(() => boltco.ask("request-return", sent))));
  assert.deepEqual(first?.errors, undefined);
  const { return: it, userErrors } = first!.data.requestReturn;
  assert.deepEqual(userErrors, []);
  assert.equal(second!.data.requestReturn.return.id, it.id, "one key, one return");
  own["boltco"] = it.id;
  assert.equal((await system.stateOf(it.id)).requestedBy.kind, "PARTNER");
  const theirs = lately(({ customerNumber, channel }) => customerNumber !== "C-2020" && channel === "INSIDE");
  const none = await boltco.ask("request-return", asking("erp.order:US01:SO-999999/10000"));
  assert.deepEqual(noOrder(none), [null, null, ["NOT_FOUND lines.0.orderLineId"]]);
  for (const foreign of [theirs.orderLineId, "erp.order:CA02:SO-200001/10000", "erp.order:EU03:SO-300002/10000"])
    assert.deepEqual(await boltco.ask("request-return", asking(foreign)), none);
  const { receipt, floor } = await acts.receive(it.id);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await stream.until("the credit", hasType("credit.posted", it.id));
  const { data, errors } = await look(boltco, "boltco", it.rmaNumber);
  assert.equal(errors, undefined, JSON.stringify(errors));
  const { credits, lines } = data.returnByRmaNumber;
  const state = await system.stateOf(it.id);
  assert.deepEqual(
    credits.map(({ status, total }: any) => [status, total.amount]),
    [["POSTED", state.credits[0]!.erp!.total]],
  );
  assert.deepEqual(lines[0].quantities.credited, { value: "1", unit: "EA" });
  const types = typesOf(stream.seen);
  assert.deepEqual(
    types.filter((type) => type !== "label.issued" && !type.startsWith("shipment")),
    ["return.requested", "return.authorized", "receipt.recorded", "credit.posted"],
  );
  await notTheirs(boltco, "boltco");
  await followsOn(boltco, stream);
  stream.stop();
});

test("a marketplace asks for its channel's orders whosever they are, and for no others (D-40, G-13, PE-05)", async () => {
  const northwind = await partners.as("northwind-market");
  const order = lately(({ customerNumber, channel }) => customerNumber !== "C-2020" && channel === "MARKETPLACE");
  const { data, errors } = await northwind.ask("request-return", asking(order.orderLineId));
  assert.equal(errors, undefined, JSON.stringify(errors));
  const { return: it, userErrors } = data.requestReturn;
  assert.deepEqual(userErrors, []);
  own["northwind-market"] = it.id;
  await system.returnWhen(it.id, "to be authorized", ({ lines }) => lines.every(({ authorizedAt }) => authorizedAt));
  const seen = await look(northwind, "northwind-market", it.rmaNumber);
  assert.deepEqual([seen.errors, seen.data.returnByRmaNumber.credits], [undefined, []]);
  const theirs = lately(({ channel }) => channel === "INSIDE");
  const none = await northwind.ask("request-return", asking("erp.order:US01:SO-999999/10000"));
  assert.deepEqual(await northwind.ask("request-return", asking(theirs.orderLineId)), none);
  await notTheirs(northwind, "northwind-market");
  const stream = northwind.follow();
  await stream.until("a checkpoint", isCheckpoint);
  await followsOn(northwind, stream);
  stream.stop();
});

test("a supplier reports about its goods; a code that its mapping lacks waits as a task until it has it (D-40, W-18)", async () => {
  const supplyco = await partners.as("supplyco");
  const id = own["supplyco"]!;
  const rmaNumber = await numberOf(id);
  const { data, errors } = await look(supplyco, "supplyco", rmaNumber);
  assert.deepEqual([errors, data.returnByRmaNumber.lines[0].item.sku], [undefined, "CSG-710"]);
  const report = (code: string, documentNumber: string, sku = "CSG-710", number = rmaNumber) =>
    supplyco.ask("report-status", {
      input: {
        ...{ idempotencyKey: newKey(), rmaNumber: number, documentNumber, code, occurredAt: "2026-01-05T09:00:00Z" },
        lines: [{ sku, quantity: { value: "1", unit: "EA" } }],
      },
    });
  const readAs = (told: string, documentNumber: string) => (state: ReturnState) =>
    state.reports?.some((one) => one.documentNumber === documentNumber && one.told === told) === true;
  assert.deepEqual((await report("ACKNOWLEDGED", "S-1")).data.reportPartnerStatus.userErrors, []);
  await system.returnWhen(id, "the report to be read", readAs("nothing", "S-1"));
  const { operation } = (await report("INSPECTED-OK", "S-2")).data.reportPartnerStatus;
  const isOpen = ({ code, status }: ReturnState["exceptions"][number]) =>
    code === "NO_MAPPING" && status !== "RESOLVED";
  const { exceptions } = await system.returnWhen(id, "a task", (state) => state.exceptions.some(isOpen));
  const task = exceptions.find(isOpen)!;
  assert.deepEqual([task.category, task.owner, task.operationId], ["PARTNER_DATA", "operations", operation.id]);
  const file = path.join(folder, "supplyco", "mapping.yml");
  const text = await readFile(file, "utf8");
  await writeFile(file, text.replace("codes:", "codes:\n  INSPECTED-OK: { tells: nothing }"));
  const otto = await system.as("otto");
  await otto.data(
    "mutation ($input: ReplayExceptionsInput!) { replayExceptions(input: $input) { userErrors { code } } }",
    {
      input: { idempotencyKey: newKey(), ids: [task.exceptionId] },
    },
  );
  await system.returnWhen(id, "the report to be read after all", readAs("nothing", "S-2"));
  await system.returnWhen(id, "the task to be over", (state) => !state.exceptions.some(isOpen));
  const none = await report("ACKNOWLEDGED", "S-3", "CSG-710", FORGED);
  assert.deepEqual(await report("ACKNOWLEDGED", "S-3", "CSG-710", await numberOf(own["boltco"]!)), none);
  const strange = await report("ACKNOWLEDGED", "S-3", "BRG-6204");
  assert.deepEqual(
    strange.data.reportPartnerStatus.userErrors.map(({ code }: any) => code),
    ["NOT_FOUND"],
  );
  const stream = supplyco.follow();
  await stream.until("a second checkpoint", (frame) => isCheckpoint(frame) && stream.seen.length > 1);
  assert.deepEqual(typesOf(stream.seen), [], "no claim, no milestone");
  await followsOn(supplyco, stream);
  stream.stop();
  await notTheirs(supplyco, "supplyco");
});

test("ledgers, documents and projections are as the facts of the partners' returns say (A1, A2, D-35)", async () => {
  for (const id of Object.values(own)) await judge(system, id);
});

/** A return of each other partner, and a forged number: all the same answer. */
async function notTheirs(client: PartnerClient, partner: string): Promise<void> {
  const none = await look(client, partner, FORGED);
  assert.deepEqual(none, { data: { returnByRmaNumber: null } });
  assert.deepEqual(await look(client, partner, "no number at all"), none);
  for (const [other, id] of Object.entries(own))
    if (other !== partner && !isBoth(partner, other))
      assert.deepEqual(await look(client, partner, await numberOf(id)), none, `${partner} and ${other}'s`);
}
/** What boltco bought in the marketplace is both of theirs. */
const isBoth = (partner: string, other: string): boolean => partner === "northwind-market" && other === "boltco";

/** From its first cursor on the same milestones come again; a forged cursor is refused; nobody reads a number in it. */
async function followsOn(client: PartnerClient, stream: { seen: Answer[] }): Promise<void> {
  const first = cursorOf(stream.seen[0]!);
  const types = typesOf(stream.seen);
  const again = client.follow(first);
  await again.until("the same again", () => typesOf(again.seen).length >= types.length);
  assert.deepEqual(typesOf(again.seen).slice(0, types.length), types);
  again.stop();
  assert.ok(!Buffer.from(first, "base64url").toString().includes("milestones"));
  const forged = client.follow(`${first.slice(0, -4)}${first.endsWith("AAAA") ? "BBBB" : "AAAA"}`);
  const refused = await forged.until("a refusal", ({ errors }) => errors !== undefined);
  assert.equal(refused.errors?.[0]?.extensions.code, "CURSOR_INVALID");
}
