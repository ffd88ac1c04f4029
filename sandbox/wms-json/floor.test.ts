import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { expectation, startWarehouse } from "./start-for-test.ts";

let wms: Awaited<ReturnType<typeof startWarehouse>>;
before(async () => {
  wms = await startWarehouse();
});
beforeEach(() => wms.reset());
after(() => wms.close());

const expect = (line: object = {}, rmaNumber = "R1") =>
  wms.call("PUT", `/return-instructions/K-${rmaNumber}`, expectation({ rmaNumber }, line));
const first = ({ lines: [line] }: ReturnType<typeof wms.controls.receive>) => {
  assert.ok(line);
  return line;
};
const quarantine = () => wms.ledger.onHand("BRG-6204", "QUARANTINE");

test("what is due comes in full to quarantine, complete, under a number of its own", async () => {
  await expect();
  const received = wms.controls.receive({ rmaNumber: "R1" });
  assert.equal(received.warehouseReceiptNumber, "CHI1-R-000001");
  assert.deepEqual(
    [first(received).quantity.value, first(received).complete, first(received).discrepancies],
    ["4", true, []],
  );
  assert.equal(quarantine(), "4");
  assert.throws(() => wms.controls.receive({ rmaNumber: "R1" }), /nothing is due/);
});

test("3 + 4 + 5 of 10 are three receipts, the last one over by 2 (SO-100002)", async () => {
  await expect({ sku: "CPL-95", quantity: { value: "10", unit: "EA" } });
  const came = [3, 4, 5].map((quantity) =>
    first(wms.controls.receive({ rmaNumber: "R1", lines: [{ instructionLine: 1, quantity }] })),
  );
  assert.deepEqual(
    came.map(({ complete, discrepancies }) => [complete, discrepancies]),
    [
      [false, []],
      [false, []],
      [true, ["OVER"]],
    ],
  );
  assert.equal(wms.ledger.onHand("CPL-95", "QUARANTINE"), "12");
});

test("a broken case is received in base units and the instruction counts it (D-18)", async () => {
  await expect({ sku: "FLT-1210", quantity: { value: "2", unit: "CS" } });
  const eight = { value: "8", unit: "EA" };
  wms.controls.receive({ rmaNumber: "R1", lines: [{ instructionLine: 1, quantity: 1 }] });
  wms.controls.receive({ rmaNumber: "R1", lines: [{ instructionLine: 1, quantity: eight }] });
  assert.deepEqual(first(wms.controls.receive({ rmaNumber: "R1" })).quantity, { value: "4", unit: "EA" });
  const { body } = await wms.call("GET", "/return-instructions/K-R1");
  assert.deepEqual([body.state, body.lines[0].received], ["DONE", { value: "2", unit: "CS" }]);
});

test("the warehouse says SHORT on a complete line only, WRONG_ITEM, WRONG_SERIAL, WRONG_LOT and NO_NOTICE", async () => {
  await expect({}, "R1");
  await expect({}, "R2");
  await expect({ sku: "DRV-2400", serialNumbers: ["S1", "S2"], quantity: { value: "2", unit: "EA" } }, "R3");
  await expect({ sku: "ADH-270", lotNumber: "L1" }, "R4");
  const say = (rmaNumber: string, line: object) =>
    first(wms.controls.receive({ rmaNumber, lines: [{ instructionLine: 1, ...line }] })).discrepancies;
  assert.deepEqual(say("R1", { quantity: 1 }), []);
  assert.deepEqual(say("R1", { quantity: 1, complete: true }), ["SHORT"]);
  assert.deepEqual(say("R2", { quantity: 1, sku: "BRG-6205" }), ["WRONG_ITEM"]);
  assert.deepEqual(say("R3", { quantity: 1, serialNumbers: ["S9"] }), ["WRONG_SERIAL"]);
  assert.deepEqual(say("R3", { quantity: 1, serialNumbers: ["S2"] }), []);
  assert.deepEqual(say("R4", { lotNumber: "L2" }), ["WRONG_LOT"]);
  assert.deepEqual(say("R2", { quantity: 4 }), [], "a wrong item does not count: the ordered line still waits");
  const blind = first(wms.controls.receive({ blind: true, lines: [{ sku: "BRG-6204", quantity: 1 }] }));
  assert.deepEqual([blind.discrepancies, blind.instructionLine], [["NO_NOTICE"], null]);
});

test("an unknown RMA number on a label is kept on the receipt, though nobody expected it", () => {
  wms.controls.receive({ rmaNumber: "R-UNKNOWN", lines: [{ sku: "BRG-6204", quantity: 1 }] });
  const [receipt] = wms.ledger.receipts();
  assert.deepEqual([receipt?.rmaNumber, receipt?.instructionKey], ["R-UNKNOWN", null]);
});

test("serials that are expected are scanned in order, and inspected in order", async () => {
  await expect({ sku: "DRV-2400", serialNumbers: ["S1", "S2", "S3"], quantity: { value: "3", unit: "EA" } });
  const part = wms.controls.receive({ rmaNumber: "R1", lines: [{ instructionLine: 1, quantity: 2 }] });
  assert.deepEqual(first(part).serialNumbers, ["S1", "S2"]);
  assert.deepEqual(first(wms.controls.receive({ rmaNumber: "R1" })).serialNumbers, ["S3"]);
  const graded = [1, 1].map(
    () => wms.controls.inspect({ receipt: part.warehouseReceiptNumber, quantity: 1 }).inspection,
  );
  assert.deepEqual(
    graded.map((i) => [i.inspection, i.serialNumbers]),
    [
      [1, ["S1"]],
      [2, ["S2"]],
    ],
  );
});

test("a correction is the same number and line with the next revision and the new total; stock moves by the delta (D-15)", async () => {
  await expect();
  const { warehouseReceiptNumber: receipt } = wms.controls.receive({ rmaNumber: "R1" });
  const corrected = wms.controls.correct({ receipt, line: 1, quantity: 3 });
  assert.deepEqual([corrected.line.revision, corrected.line.quantity.value, quarantine()], [2, "3", "3"]);
  wms.controls.correct({ receipt, line: 1, quantity: 0 });
  assert.equal(quarantine(), "0");
  const told = wms.ledger.events().filter(({ type }) => type === "receipt.recorded");
  assert.deepEqual(
    told.map(({ data }) => (data["lines"] as any[]).map((line) => [line.line, line.revision, line.quantity.value])),
    [[[1, 1, "4"]], [[1, 2, "3"]], [[1, 3, "0"]]],
  );
});

test("further goods can be another line of the same receipt", async () => {
  await expect();
  const { warehouseReceiptNumber: receipt } = wms.controls.receive({
    rmaNumber: "R1",
    lines: [{ instructionLine: 1, quantity: 3 }],
  });
  const more = wms.controls.receive({ rmaNumber: "R1", receipt });
  assert.deepEqual([more.warehouseReceiptNumber, first(more).line], [receipt, 2]);
});

test("an inspection grades what is left, and is said again with the next revision (never accepted or rejected, D-13)", async () => {
  await expect();
  const { warehouseReceiptNumber: receipt } = wms.controls.receive({ rmaNumber: "R1" });
  wms.controls.startInspection({ receipt });
  wms.controls.inspect({ receipt, quantity: 1, grade: "D", findings: "cracked cage" });
  assert.equal(wms.controls.inspect({ receipt }).inspection.quantity.value, "3");
  assert.throws(() => wms.controls.inspect({ receipt }), /left to inspect/);
  const again = wms.controls.inspect({ receipt, inspection: 1, grade: "C" }).inspection;
  assert.deepEqual([again.inspection, again.revision, again.quantity.value, again.condition], [1, 2, "1", "01"]);
  const types = wms.ledger.events().map(({ type }) => type);
  assert.deepEqual(types.slice(2), ["inspection.started", ...Array(3).fill("inspection.completed")]);
  assert.doesNotMatch(JSON.stringify(wms.ledger.events()), /accepted|rejected/);
});

test("scrap leaves the site, a hold stays and can be moved on; every move is in the ledger and adds up to the stock", async () => {
  const before = wms.ledger.onHand("BRG-6204", "AVAILABLE");
  await expect();
  const { warehouseReceiptNumber: receipt } = wms.controls.receive({ rmaNumber: "R1" });
  const instruct = async (key: string, code: string, toStatus: string, value: string) => {
    const body = { warehouseReceiptNumber: receipt, receiptLine: 1, code, quantity: { value, unit: "EA" }, toStatus };
    assert.equal((await wms.call("PUT", `/disposition-instructions/${key}`, body)).status, 201);
    wms.controls.executeDisposition({ key });
  };
  await instruct("D1", "SCRAP", "DAMAGED", "1");
  await instruct("D2", "HOLD", "HOLD", "3");
  await instruct("D3", "RESTOCK", "AVAILABLE", "3");
  const executed = wms.ledger.events().filter(({ type }) => type === "disposition.executed");
  assert.deepEqual(
    executed.map(({ data }) => [data["code"], data["fromStatus"], data["toStatus"]]),
    [
      ["SCRAP", "QUARANTINE", "DAMAGED"],
      ["HOLD", "QUARANTINE", "HOLD"],
      ["RESTOCK", "HOLD", "AVAILABLE"],
    ],
  );
  assert.deepEqual(
    ["QUARANTINE", "HOLD", "DAMAGED"].map((status) => wms.ledger.onHand("BRG-6204", status as "HOLD")),
    ["0", "0", "0"],
  );
  assert.equal(Number(wms.ledger.onHand("BRG-6204", "AVAILABLE")), Number(before) + 3);
  assert.equal(
    wms.ledger.moves().reduce((total, { quantity }) => total + Number(quantity), 0),
    3,
  );
});

test("the floor can be worked by the control address", async () => {
  await expect();
  const tell = (deed: string, body: object) =>
    fetch(`${wms.url}/_sandbox/${deed}`, { method: "POST", body: JSON.stringify(body) });
  const received = (await (await tell("receive", { rmaNumber: "R1" })).json()) as { warehouseReceiptNumber: string };
  assert.equal((await tell("inspect", { receipt: received.warehouseReceiptNumber, grade: "B" })).status, 200);
  assert.equal((await tell("inspect", { receipt: "NONE" })).status, 400);
});

test("the player takes in what is due, inspects it, and executes dispositions as they come", async () => {
  await expect();
  await expect({}, "R2");
  const played = await wms.controls.play({ rmaNumber: "R1", grade: "B" });
  const [receipt] = played.receipts;
  assert.ok(receipt);
  assert.deepEqual([receipt.lines[0]?.quantity.value, receipt.lines[0]?.inspections[0]?.grade], ["4", "B"]);
  assert.equal(wms.ledger.receipts().length, 1, "R2 is not played");
  const body = {
    warehouseReceiptNumber: receipt.warehouseReceiptNumber,
    receiptLine: 1,
    code: "RESTOCK",
    quantity: { value: "4", unit: "EA" },
    toStatus: "AVAILABLE",
  };
  await wms.call("PUT", "/disposition-instructions/D1", body);
  const { dispositions } = await wms.controls.play({ rmaNumber: "R1" });
  assert.deepEqual(dispositions, [{ key: "D1", code: "RESTOCK", state: "DONE" }]);
});

test("a play that is asked for before the instruction comes waits for it", async () => {
  assert.deepEqual((await wms.controls.play({ rmaNumber: "R1" })).receipts, []);
  await expect();
  assert.equal((await wms.controls.play({ rmaNumber: "R1" })).receipts.length, 1);
});

test("with autoplay every return is received and inspected (SANDBOX_AUTOPLAY)", async () => {
  const auto = await startWarehouse({ autoplay: true });
  await auto.call("PUT", "/return-instructions/K1", expectation());
  const { next } = (await auto.call("GET", "/events?limit=1")).body;
  const types: string[] = [];
  for (let after = next; !types.includes("inspection.completed");) {
    const { events, next: further } = (await auto.call("GET", `/events?after=${after}&wait=30`)).body;
    types.push(...events.map((e: any) => e.type));
    after = further;
  }
  assert.equal(auto.ledger.onHand("BRG-6204", "QUARANTINE"), "4");
  await auto.close();
});
