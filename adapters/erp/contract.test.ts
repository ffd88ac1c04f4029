import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { KeyedDocument, LookUp, TwoPhase } from "../port.ts";
import { HELD_MS, holdDeadlines } from "../../test/contract/deadlines.ts";
import { startBusinessCentral, type ErpHarness } from "../../test/contract/erp-business-central.ts";
import type {
  AdjustmentRequest,
  AuthorizationRequest,
  CreditMemoRequest,
  ErpPort,
  ReplacementOrderRequest,
  StockInRequest,
} from "./port.ts";

// What every ERP behind the port promises, asked over its own wire. A new vendor adds its harness to this list.
const implementations: { name: string; mode: ErpPort["mode"]; start: typeof startBusinessCentral }[] = [
  { name: "business-central, return-order", mode: "return-order", start: startBusinessCentral },
  { name: "business-central, credit-memo-only", mode: "credit-memo-only", start: startBusinessCentral },
];

const call = { correlationId: "contract-test" };
let keys = 0;
/** 27 characters: as long as a key is up to version 999999 (W-06). */
const newKey = (letter: string) => `BH1-R26CNTRCT-${letter}${String(++keys).padStart(6, "0")}`;

const failure = async (
  work: Promise<unknown>,
): Promise<{
  kind: string;
  code: string;
  retryAfterMs: number | undefined;
  message: string;
  vendorText: string | undefined;
}> => {
  try {
    await work;
  } catch (error) {
    return error as never;
  }
  return assert.fail("it did not fail");
};
const kindOf = async (work: Promise<unknown>) => (await failure(work)).kind;
const found = (answer: LookUp) => {
  assert.equal(answer.answer, "found");
  return answer as Extract<LookUp, { answer: "found" }>;
};

for (const { name, mode, start } of implementations)
  describe(name, () => {
    let erp: ErpPort;
    let other: ErpHarness;
    before(async () => {
      other = await start(mode);
      erp = other.erp;
    });
    after(() => other.stop());

    /** What only one of the modes promises (D-02). */
    const promisedIn = (only: ErpPort["mode"]) => (sentence: string, work: () => Promise<void>) => {
      if (mode === only) void test(sentence, work);
    };
    const [returnOrders, memosOnly] = [promisedIn("return-order"), promisedIn("credit-memo-only")];

    // ── Requests of the stories ───────────────────────────────────────────────────────────────────────────────────

    const orderOf = async (number: string) => {
      const order = (await erp.findOrders([number], call)).get(number);
      assert.ok(order);
      return order;
    };
    const authorizationOf = async (number: string, quantity: string): Promise<AuthorizationRequest> => {
      const { customerNumber, currency, invoices } = await orderOf(number);
      const { number: invoiceNumber, lines } = invoices[0]!;
      const { sku, unit, sequence } = lines[0]!;
      return {
        customerNumber,
        orderNumber: number,
        currency,
        lines: [
          { ref: "rln_1", sku, quantity, unit, reasonCode: "WRONG_SHIPMENT", invoiceNumber, invoiceLine: sequence },
        ],
      };
    };
    const post = async <Request>(port: TwoPhase<Request>, key: string, request: Request): Promise<KeyedDocument> => {
      const draft = await port.draft(key, request, call);
      await port.post(draft.id, call);
      const [posted] = found(await port.lookUp(key, request, call)).posted;
      assert.ok(posted);
      return posted;
    };
    const stockInOf = async (
      number: string,
      quantity: string,
      more: Partial<StockInRequest["lines"][number]> = {},
    ): Promise<StockInRequest> => {
      const authorization = await authorizationOf(number, quantity);
      const posted = await post(erp.authorization, newKey("A"), authorization);
      const { sku, unit, reasonCode } = authorization.lines[0]!;
      const line = {
        ref: "rcl_1",
        sku,
        quantity,
        unit,
        authorizationLineId: posted.lines[0]!.id,
        reasonCode,
        serialNumbers: [],
        lotNumber: null,
      };
      return {
        customerNumber: authorization.customerNumber,
        authorizationId: posted.id,
        location: "quarantine",
        lines: [{ ...line, ...more }],
      };
    };
    const memoOf = async (
      number: string,
      quantity: string,
      net: string,
      more: Partial<CreditMemoRequest> = {},
    ): Promise<CreditMemoRequest> => {
      const { customerNumber, currency, invoices } = await orderOf(number);
      const receipt = erp.stockBeforeCredit
        ? await post(erp.stockIn, newKey("R"), await stockInOf(number, quantity))
        : null;
      return memoFrom(receipt, { customerNumber, currency, invoice: invoices[0]! }, { quantity, net, ...more });
    };
    const memoFrom = (
      receipt: KeyedDocument | null,
      {
        customerNumber,
        currency,
        invoice,
      }: {
        customerNumber: string;
        currency: string;
        invoice: {
          number: string;
          lines: { sku: string; unit: string; unitPrice: string; taxCode: string; sequence: number }[];
        };
      },
      { quantity, net, ...more }: Partial<CreditMemoRequest> & { quantity: string; net: string },
    ): CreditMemoRequest => {
      const { sku, unit, unitPrice, taxCode, sequence } = invoice.lines[0]!;
      const line = {
        ref: "rcl_1",
        sku,
        quantity,
        unit,
        stockInLineId: receipt?.lines[0]!.id ?? null,
        ...(receipt ? {} : { location: "quarantine" }),
        unitPrice,
        net,
        taxCode,
        invoiceLine: sequence,
      };
      return {
        customerNumber,
        invoiceNumber: invoice.number,
        currency,
        stockInId: receipt?.id ?? null,
        lines: [line],
        fees: [],
        ...more,
      };
    };
    const adjustmentOf = (sku: string, quantity: string): AdjustmentRequest => {
      const line = { ref: "dsp_1", sku, quantity, unit: "EA", reasonCode: "MOVE", serialNumbers: [], lotNumber: null };
      return {
        description: "RESTOCK of R26-CNTRCT",
        lines: [
          { ...line, direction: "OUT", location: "quarantine" },
          { ...line, direction: "IN", location: "CHI1" },
        ],
      };
    };

    type Kind = {
      letter: string;
      port: TwoPhase<any>;
      request: () => Promise<unknown>;
      differs: (request: any) => unknown;
    };
    const documents =
      mode === "return-order" ? ["authorization", "stockIn", "adjustment", "creditMemo"] : ["creditMemo"];
    const kinds = (): Record<string, Kind> => ({
      authorization: {
        letter: "A",
        port: erp.authorization,
        request: () => authorizationOf("SO-100002", "3"),
        differs: (r) => ({ ...r, lines: [{ ...r.lines[0], quantity: "4" }] }),
      },
      stockIn: {
        letter: "R",
        port: erp.stockIn,
        request: () => stockInOf("SO-100002", "3"),
        differs: (r) => ({ ...r, location: "consignment" }),
      },
      adjustment: {
        letter: "D",
        port: erp.adjustment,
        request: async () => (
          await post(erp.stockIn, newKey("R"), await stockInOf("SO-100002", "3")),
          adjustmentOf("CPL-95", "3")
        ),
        differs: (r) => ({ ...r, lines: [r.lines[0]] }),
      },
      creditMemo: {
        letter: "C",
        port: erp.creditMemo,
        request: () => memoOf("SO-100002", "3", "253.05"),
        differs: (r) => ({ ...r, lines: [{ ...r.lines[0], net: "253.04" }] }),
      },
    });

    /** A document that one write drafts. */
    const anyWrite = async (): Promise<{
      record: "stockIn" | "creditMemo";
      key: string;
      port: TwoPhase<any>;
      request: unknown;
    }> =>
      erp.stockBeforeCredit
        ? { record: "stockIn", key: newKey("R"), port: erp.stockIn, request: await stockInOf("SO-100002", "1") }
        : {
            record: "creditMemo",
            key: newKey("C"),
            port: erp.creditMemo,
            request: await memoOf("SO-100002", "1", "84.35"),
          };

    // ── Reads ─────────────────────────────────────────────────────────────────────────────────────────────────────

    test("many orders are one request for each kind of record, and what is not there is not in the answer", async () => {
      other.clearRequests();
      const numbers = other.orderNumbers(50);
      const orders = await erp.findOrders([...numbers, "SO-999999"], call);
      assert.equal(orders.size, 50);
      for (const number of numbers) assert.equal(orders.get(number)?.number, number);
      for (const [request, count] of Object.entries(other.requests())) assert.equal(count, 1, request);
      assert.equal(
        Object.keys(other.requests()).every((request) => request.startsWith("GET ")),
        true,
      );
    });

    test("an order that the ERP has deleted is told from its posted documents (D-04)", async () => {
      const order = await orderOf("SO-100001");
      assert.deepEqual(
        [order.status, order.currency, order.total, order.channel, order.customerReference],
        ["INVOICED", "USD", "1276.70", "INSIDE", "PO-100001-2000"],
      );
      assert.deepEqual(
        order.lines.map(({ sequence, sku, ordered, shipped, invoiced, unitPrice }) => [
          sequence,
          sku,
          ordered,
          shipped,
          invoiced,
          unitPrice,
        ]),
        [[10_000, "BRG-6204", "4", "4", "4", "289.50"]],
      );
      const [invoice] = order.invoices;
      assert.deepEqual(
        [invoice!.net, invoice!.tax, invoice!.total, invoice!.status],
        ["1158.00", "118.70", "1276.70", "OPEN"],
      );
      assert.deepEqual(
        order.shipments[0]!.lines.map(({ orderLine, quantity }) => [orderLine, quantity]),
        [[10_000, "4"]],
      );
    });

    test("an order that is partly shipped is told from itself and its documents together (D-04)", async () => {
      const order = await orderOf("SO-100025");
      assert.deepEqual(
        [order.status, order.lines.map(({ ordered, shipped }) => [ordered, shipped])],
        [
          "PARTLY_SHIPPED",
          [
            ["10", "6"],
            ["4", "4"],
          ],
        ],
      );
      assert.equal(order.shipments.length, 1);
    });

    test("an invoice line says its net after all discounts and its unit's factor (D-07, D-18)", async () => {
      const [discounted, cases] = [await orderOf("SO-100004"), await orderOf("SO-100003")].map(
        ({ invoices }) => invoices[0]!.lines[0]!,
      );
      assert.deepEqual([discounted!.unitPrice, discounted!.quantity, discounted!.net], ["40.00", "3", "100.00"]);
      assert.deepEqual(
        [cases!.unit, cases!.unitFactor, cases!.baseUnit, cases!.taxRate, cases!.taxCode],
        ["CS", "12", "EA", "10.25", "IL-COOK"],
      );
    });

    returnOrders(
      "where serial numbers were sold to a customer is known by them, and nobody else's sale is told (D-17)",
      async () => {
        const serials = ["DRV2400-71002", "drv2400-71011", "DRV2400-99999"];
        const sold = await erp.findSoldSerials("C-2004", serials, call);
        assert.deepEqual(
          serials.map((serial) => sold.get(serial)),
          [[{ sku: "DRV-2400", orderNumber: "SO-100011" }], [{ sku: "DRV-2400", orderNumber: "SO-100012" }], undefined],
        );
        assert.equal((await erp.findSoldSerials("C-2000", serials, call)).size, 0);
      },
    );

    memosOnly("serials that were shipped are not known, nor to whom they were sold (D-05, D-17)", async () => {
      const { shipments } = await orderOf("SO-100011");
      assert.deepEqual(shipments[0]!.lines[0]!.tracked, []);
      assert.equal((await erp.findSoldSerials("C-2004", ["DRV2400-71002"], call)).size, 0);
    });

    returnOrders("serials that were shipped are on the shipment (D-05)", async () => {
      const { shipments } = await orderOf("SO-100011");
      assert.deepEqual(
        shipments[0]!.lines[0]!.tracked.map(({ serialNumber, quantity }) => [serialNumber, quantity]),
        [
          ["DRV2400-71001", "1"],
          ["DRV2400-71002", "1"],
          ["DRV2400-71003", "1"],
        ],
      );
    });

    test("invoices and shipments are found by their numbers too", async () => {
      const { invoices, shipments } = await orderOf("SO-100001");
      assert.deepEqual(
        (await erp.findInvoices([invoices[0]!.number, "none"], call)).get(invoices[0]!.number),
        invoices[0],
      );
      assert.deepEqual(
        (await erp.findShipments([shipments[0]!.number, "none"], call)).get(shipments[0]!.number),
        shipments[0],
      );
    });

    test("a customer has its block, limit, tier and segment; 0 is no limit (D-06)", async () => {
      const customers = await erp.findCustomers(["C-2011", "C-2001", "C-2002", "C-2003", "C-0"], call);
      assert.deepEqual(
        [...customers.values()].map(({ number, blocked }) => [number, blocked]).sort(([a], [b]) => (a! < b! ? -1 : 1)),
        [
          ["C-2001", "SHIP"],
          ["C-2002", "INVOICE"],
          ["C-2003", "ALL"],
          ["C-2011", "NONE"],
        ],
      );
      const { tier, segment, creditLimit, name: called } = customers.get("C-2011")!;
      assert.deepEqual([tier, segment, creditLimit, called], ["PLATINUM", "UTILITY", "0", "Midwest Water Utilities"]);
    });

    test("an item has its units, tracking and hazard (D-18, D-37)", async () => {
      const items = await erp.findItems(
        ["FLT-1210", "DRV-2400", "PNT-1263", "PNT-1270", "CBL-450", "CSG-710", "VLV-7710"],
        call,
      );
      const of = (sku: string) => items.get(sku)!;
      assert.deepEqual(
        [of("FLT-1210").baseUnit, of("FLT-1210").units["EA"], of("DRV-2400").serialized],
        ["EA", "1", true],
      );
      assert.deepEqual([of("PNT-1263").hazardous, of("PNT-1270").hazardous, of("PNT-1270").hazard], [true, true, null]);
      assert.deepEqual([of("CBL-450").returnable, of("CSG-710").supplierOwned], [false, true]);
      // Plain v2.0 has no field for these, and no category says them.
      const isTold = mode === "return-order";
      assert.deepEqual(
        [of("FLT-1210").units["CS"], of("PNT-1263").hazard, of("VLV-7710").recalled],
        isTold ? ["12", { unNumber: "UN1263", packingGroup: "II" }, true] : [undefined, null, false],
      );
    });

    test("credits of an invoice are everybody's (D-14)", async () => {
      const { invoices } = await orderOf("SO-100015");
      const credits = (await erp.findCreditsOf([invoices[0]!.number], call)).get(invoices[0]!.number)!;
      assert.deepEqual(
        credits.map(({ status, lines }) => [status, lines.map(({ sku, quantity }) => [sku, quantity])]),
        [["POSTED", [["FTG-1150", "2"]]]],
      );
    });

    test("no string finds anything but itself, and none breaks a request", async () => {
      const hostile = [
        "' or number ne '",
        "SO-100001' or '1' eq '1",
        "SO-100001%27",
        "SO-100001&$expand=x",
        "SO-100001\r\nx: y",
        "*",
        "..",
        "SO-10000*|SO-100001",
        "x".repeat(500),
        "",
        " ",
        "\u0000",
        "日本語",
        "'",
        "O'Neill",
        "#",
        "?",
        "/../companies",
      ];
      const orders = await erp.findOrders([...hostile, "SO-100001"], call);
      assert.deepEqual([...orders.keys()], ["SO-100001"]);
      assert.deepEqual(
        [
          (await erp.findCustomers(hostile, call)).size,
          (await erp.findItems(hostile, call)).size,
          (await erp.findCreditsByKey(hostile, call)).size,
        ],
        [0, 0, 0],
      );
      assert.deepEqual(
        await erp.creditMemo.lookUp("' or externalDocumentNumber ne '", await memoOf("SO-100002", "1", "84.35"), call),
        { answer: "absent" },
      );
    });

    test("a key is found however it was typed, under the key as it was asked", async () => {
      const orders = await erp.findOrders(["so-100001", " SO-100001 "], call);
      assert.deepEqual(
        [...orders].map(([key, { number }]) => [key, number]),
        [
          ["so-100001", "SO-100001"],
          [" SO-100001 ", "SO-100001"],
        ],
      );
    });

    // ── Documents ─────────────────────────────────────────────────────────────────────────────────────────────────

    for (const kind of documents)
      test(`${kind}: a key comes back byte for byte, a draft is posted by its id, and one id posts once (W-01, W-06)`, async () => {
        const { letter, port, request } = kinds()[kind]!;
        const [key, content] = [newKey(letter), await request()];
        assert.deepEqual(await port.lookUp(key, content, call), { answer: "absent" });
        const draft = await port.draft(key, content, call);
        assert.deepEqual([draft.status, draft.sameContent, draft.postingDate], ["DRAFT", true, null]);
        assert.deepEqual(found(await port.lookUp(key, content, call)).drafts, [draft]);
        assert.deepEqual(other.keysOf(key), [key]);
        await port.post(draft.id, call);
        await port.post(draft.id, call);
        const { posted, drafts } = found(await port.lookUp(key, content, call));
        assert.deepEqual(
          [posted.length, drafts.length, posted[0]!.sameContent, posted[0]!.postingDate],
          [1, 0, true, other.today],
        );
        assert.deepEqual(await port.read(draft.id, content, call), posted[0]);
        assert.deepEqual(other.documents(key), { posted: 1, drafts: 0 });
        assert.deepEqual(await failure(port.discard(draft.id, call)).then(({ kind: is, code }) => [is, code]), [
          "BUSINESS",
          "UNDO_REFUSED",
        ]);
      });

    for (const kind of documents)
      test(`${kind}: two drafts of one key are both told, over all pages; other content is told as such; discarding is repeatable (W-01, W-03)`, async () => {
        const { letter, port, request, differs } = kinds()[kind]!;
        const [key, content] = [newKey(letter), await request()];
        const [first, second] = [await port.draft(key, content, call), await port.draft(key, content, call)];
        other.pageSize(kind, 1);
        const { drafts } = found(await port.lookUp(key, content, call));
        assert.deepEqual(drafts.map(({ id }) => id).sort(), [first.id, second.id].sort());
        const changed = found(await port.lookUp(key, differs(content), call)).drafts;
        assert.deepEqual(
          changed.map(({ sameContent }) => sameContent),
          [false, false],
        );
        await port.discard(first.id, call);
        await port.discard(first.id, call);
        assert.deepEqual(
          [await port.read(first.id, content, call), found(await port.lookUp(key, content, call)).drafts.length],
          [null, 1],
        );
        await port.discard(second.id, call);
        assert.deepEqual(await port.lookUp(key, content, call), { answer: "absent" });
      });

    test("lines of a document carry the ref of what they are about", async () => {
      const memo = await memoOf("SO-100002", "3", "253.05", {
        fees: [
          { ref: "fee-1", kind: "RESTOCKING", amount: "10.00" },
          { ref: "fee-2", kind: "RETURN_FREIGHT", amount: "4.20" },
          { ref: "fee-3", kind: "FREIGHT_REFUND", amount: "-3.00" },
        ],
      });
      const draft = await erp.creditMemo.draft(newKey("C"), memo, call);
      assert.deepEqual(
        draft.lines.map(({ ref, sku, net, tax }) => [ref, sku, net, tax]),
        [
          ["rcl_1", "CPL-95", "253.05", "25.94"],
          ["fee-1", null, "-10.00", "0.00"],
          ["fee-2", null, "-4.20", "0.00"],
          ["fee-3", null, "3.00", "0.00"],
        ],
      );
      assert.deepEqual(draft.totals, { net: "241.85", tax: "25.94", total: "267.79" });
    });

    memosOnly(
      "the memo brings the goods into the place it is asked for, and nothing else moves any (D-01, D-02)",
      async () => {
        const before = other.stockAt("BRG-6204", "quarantine");
        const key = newKey("C");
        const memo = await post(erp.creditMemo, key, await memoOf("SO-100001", "4", "1158.00"));
        assert.deepEqual([memo.sameContent, memo.totals], [true, { net: "1158.00", tax: "118.70", total: "1276.70" }]);
        assert.equal(other.stockAt("BRG-6204", "quarantine") - before, 4);
        assert.deepEqual((await erp.findStockMoves([memo.number, "none"], call)).get(memo.number), [
          { sku: "BRG-6204", quantity: "4" },
        ]);
        const elsewhere = await memoOf("SO-100001", "4", "1158.00");
        const [line] = elsewhere.lines;
        const asked = { ...elsewhere, lines: [{ ...line!, location: "consignment" }] };
        assert.equal(found(await erp.creditMemo.lookUp(key, asked, call)).posted[0]!.sameContent, false);
        for (const port of [erp.authorization, erp.stockIn, erp.adjustment])
          assert.equal(await kindOf(port.lookUp(key, {} as never, call)), "BUG");
        assert.deepEqual([erp.stockBeforeCredit, erp.movesStock, other.differences()], [false, false, []]);
      },
    );

    returnOrders(
      "a draft authorization is amended in place, up, down and by its lines, and found by the amendment's key alone; what is posted is not (D-10, W-06)",
      async () => {
        const key = newKey("A");
        const asked = await authorizationOf("SO-100002", "3");
        const draft = await erp.authorization.draft(key, asked, call);
        const amended = (quantity: string, more: AuthorizationRequest["lines"] = []) => ({
          ...asked,
          documentId: draft.id,
          lines: [{ ...asked.lines[0]!, quantity, reasonCode: "LATE_DELIVERY" }, ...more],
        });
        const second = { ...asked.lines[0]!, ref: "rln_2", quantity: "1" };
        const up = newKey("M");
        for (const _ of ["once", "again"]) {
          const now = await erp.amendment.draft(up, amended("5", [second]), call);
          assert.deepEqual(
            [now.id, now.number, now.status, now.sameContent, now.lines.map(({ ref, quantity }) => [ref, quantity])],
            [
              draft.id,
              draft.number,
              "DRAFT",
              true,
              [
                ["rln_1", "5"],
                ["rln_2", "1"],
              ],
            ],
          );
          assert.equal(now.lines[0]!.id, draft.lines[0]!.id, "the line stays the same line");
        }
        assert.deepEqual(await erp.authorization.lookUp(key, asked, call), { answer: "absent" });
        const down = newKey("M");
        await erp.amendment.draft(down, amended("2"), call);
        const { drafts } = found(await erp.amendment.lookUp(down, amended("2"), call));
        assert.deepEqual([drafts.map(({ id, sameContent }) => [id, sameContent])], [[[draft.id, true]]]);
        assert.deepEqual(await erp.amendment.lookUp(up, amended("5"), call), { answer: "absent" });
        await erp.authorization.post(draft.id, call);
        assert.equal(await kindOf(erp.amendment.draft(newKey("M"), amended("4"), call)), "BUSINESS");
        const gone = await erp.amendment.draft(newKey("M"), { ...amended("1"), documentId: crypto.randomUUID() }, call);
        assert.deepEqual([gone.status, gone.sameContent], ["DRAFT", true], "a draft that is gone is made anew");
        await erp.amendment.discard(gone.id, call);
      },
    );

    memosOnly(
      "goods that need a serial number can't be brought in by a memo of v2.0: the post is refused (D-05)",
      async () => {
        const draft = await erp.creditMemo.draft(newKey("C"), await memoOf("SO-100011", "1", "690.00"), call);
        const refused = await failure(erp.creditMemo.post(draft.id, call));
        assert.deepEqual([refused.kind, refused.code], ["BUSINESS", "POSTING_REFUSED"]);
      },
    );

    returnOrders(
      "goods come into quarantine and move only by adjustment; the memo moves none (D-01, D-02)",
      async () => {
        const before = other.stockAt("BRG-6204", "quarantine");
        const { customerNumber, currency, invoices } = await orderOf("SO-100001");
        const receipt = await post(erp.stockIn, newKey("R"), await stockInOf("SO-100001", "4"));
        assert.equal(other.stockAt("BRG-6204", "quarantine") - before, 4);
        assert.deepEqual((await erp.findStockMoves([receipt.number, "none"], call)).get(receipt.number), [
          { sku: "BRG-6204", quantity: "4" },
        ]);
        const memo = await post(
          erp.creditMemo,
          newKey("C"),
          memoFrom(receipt, { customerNumber, currency, invoice: invoices[0]! }, { quantity: "4", net: "1158.00" }),
        );
        assert.equal(other.stockAt("BRG-6204", "quarantine") - before, 4);
        assert.deepEqual((await erp.findStockMoves([memo.number], call)).size, 0);
        const move = await post(erp.adjustment, newKey("D"), adjustmentOf("BRG-6204", "4"));
        assert.equal(other.stockAt("BRG-6204", "quarantine"), before);
        assert.deepEqual((await erp.findStockMoves([move.number], call)).get(move.number), [
          { sku: "BRG-6204", quantity: "0" },
        ]);
        assert.deepEqual(other.differences(), []);
      },
    );

    test("each line comes to its net to the cent, whatever the ERP would make of it (D-07, D-20)", async () => {
      const { customerNumber, currency, invoices } = await orderOf("SO-100004");
      const receipt = erp.stockBeforeCredit
        ? await post(erp.stockIn, newKey("R"), await stockInOf("SO-100004", "3"))
        : null;
      for (const net of ["33.33", "33.34", "33.33"]) {
        const memo = await post(
          erp.creditMemo,
          newKey("C"),
          memoFrom(receipt, { customerNumber, currency, invoice: invoices[0]! }, { quantity: "1", net }),
        );
        assert.deepEqual(memo.totals, { net, tax: "0.00", total: net });
      }
    });

    memosOnly("a broken case is credited in the unit it is counted in (D-18)", async () => {
      const request = await memoOf("SO-100003", "8", "99.99");
      const inBase = { ...request, lines: [{ ...request.lines[0]!, unit: "EA", unitPrice: "12.49917" }] };
      const memo = await post(erp.creditMemo, newKey("C"), inBase);
      assert.deepEqual([memo.sameContent, memo.totals?.net, memo.lines[0]!.quantity], [true, "99.99", "8"]);
      const before = other.stockAt("FLT-1210", "quarantine");
      const asCase = await post(erp.creditMemo, newKey("C"), await memoOf("SO-100003", "1", "149.99"));
      assert.deepEqual([asCase.sameContent, asCase.totals?.net], [true, "149.99"]);
      assert.equal(other.stockAt("FLT-1210", "quarantine") - before, 12);
    });

    returnOrders("a broken case is credited in the unit it was received in (D-18)", async () => {
      const { customerNumber, currency, invoices } = await orderOf("SO-100003");
      const receipt = await post(erp.stockIn, newKey("R"), await stockInOf("SO-100003", "8", { unit: "EA" }));
      const request = memoFrom(
        receipt,
        { customerNumber, currency, invoice: invoices[0]! },
        { quantity: "0.66667", net: "99.99" },
      );
      const inBase = { ...request, lines: [{ ...request.lines[0]!, quantity: "8", unit: "EA" }] };
      const memo = await post(erp.creditMemo, newKey("C"), inBase);
      assert.deepEqual([memo.sameContent, memo.totals?.net, memo.lines[0]!.quantity], [true, "99.99", "8"]);
      const rest = await post(erp.stockIn, newKey("R"), await stockInOf("SO-100003", "12", { unit: "EA" }));
      const asCase = await post(
        erp.creditMemo,
        newKey("C"),
        memoFrom(rest, { customerNumber, currency, invoice: invoices[0]! }, { quantity: "1", net: "149.99" }),
      );
      assert.deepEqual([asCase.sameContent, asCase.totals?.net], [true, "149.99"]);
    });

    test("a price that is below the credit's share is raised, never the net lowered (D-20)", async () => {
      const memo = await erp.creditMemo.draft(newKey("C"), await memoOf("SO-100002", "3", "253.06"), call);
      assert.deepEqual([memo.sameContent, memo.totals?.net], [true, "253.06"]);
    });

    returnOrders("serial numbers are lines of their own on the wire and one line to us (D-17)", async () => {
      const { customerNumber, currency, invoices } = await orderOf("SO-100011");
      const serials = ["DRV2400-71001", "DRV2400-71002", "DRV2400-71003"];
      const receipt = await post(
        erp.stockIn,
        newKey("R"),
        await stockInOf("SO-100011", "3", { serialNumbers: serials }),
      );
      assert.deepEqual(
        [receipt.sameContent, receipt.lines.map(({ ref, quantity }) => [ref, quantity])],
        [true, [["rcl_1", "3"]]],
      );
      const part = memoFrom(
        receipt,
        { customerNumber, currency, invoice: invoices[0]! },
        { quantity: "2", net: "1380.00" },
      );
      const again = { ...part.lines[0]!, ref: "rcl_1#1", quantity: "1", net: "345.00" };
      const memo = await post(erp.creditMemo, newKey("C"), { ...part, lines: [part.lines[0]!, again] });
      assert.deepEqual(
        [memo.sameContent, memo.lines.map(({ ref, quantity, net }) => [ref, quantity, net])],
        [
          true,
          [
            ["rcl_1", "2", "1380.00"],
            ["rcl_1#1", "1", "345.00"],
          ],
        ],
      );
    });

    returnOrders("more than was received can't be credited", async () => {
      const memo = await memoOf("SO-100002", "2", "168.70");
      await post(erp.creditMemo, newKey("C"), memo);
      const again = await erp.creditMemo.draft(newKey("C"), memo, call);
      assert.deepEqual(await failure(erp.creditMemo.post(again.id, call)).then(({ kind, code }) => [kind, code]), [
        "BUSINESS",
        "POSTING_REFUSED",
      ]);
    });

    test("credit without goods is an account line, in the invoice's tax code (D-02)", async () => {
      const { customerNumber, currency, invoices } = await orderOf("SO-100002");
      const { sku, unit, unitPrice, taxCode, sequence } = invoices[0]!.lines[0]!;
      const line = {
        ref: "rln_1",
        sku,
        quantity: "1",
        unit,
        stockInLineId: null,
        unitPrice,
        net: "20.00",
        taxCode,
        invoiceLine: sequence,
      };
      const request = {
        customerNumber,
        invoiceNumber: invoices[0]!.number,
        currency,
        stockInId: null,
        lines: [line],
        fees: [],
      };
      const memo = await post(erp.creditMemo, newKey("C"), request);
      assert.deepEqual(
        [memo.sameContent, memo.totals, memo.lines.map(({ ref, net }) => [ref, net])],
        [true, { net: "20.00", tax: "2.05", total: "22.05" }, [["rln_1", "20.00"]]],
      );
    });

    test("a memo is applied to the invoice while it is open, the rest stays on account (D-25)", async () => {
      const [open, paid] = [newKey("C"), newKey("C")];
      await post(erp.creditMemo, open, await memoOf("SO-100002", "1", "84.35"));
      await post(erp.creditMemo, paid, await memoOf("SO-100006", "1", "118.00"));
      const credits = await erp.findCreditsByKey([open, paid, newKey("C")], call);
      assert.deepEqual([...credits.keys()].sort(), [open, paid].sort());
      const [ofOpen, ofPaid] = [
        await erp.findApplication(credits.get(open)!.memoNumber, call),
        await erp.findApplication(credits.get(paid)!.memoNumber, call),
      ];
      assert.deepEqual(ofOpen, {
        applications: [{ invoiceNumber: credits.get(open)!.invoiceNumber, amount: "93.00" }],
        onAccount: "0.00",
      });
      assert.deepEqual(ofPaid, { applications: [], onAccount: "130.10" });
    });

    // ── What the business refuses ─────────────────────────────────────────────────────────────────────────────────

    test("only a customer who is blocked altogether gets no credit, and the refusal says so (D-06)", async () => {
      const requests = {
        ship: await memoOf("SO-100007", "1", "96.00"),
        invoice: await memoOf("SO-100008", "1", "98.00"),
      };
      for (const request of Object.values(requests))
        assert.equal((await post(erp.creditMemo, newKey("C"), request)).status, "POSTED");
      const [key, port, blocked] = erp.stockBeforeCredit
        ? [newKey("A"), erp.authorization as TwoPhase<any>, await authorizationOf("SO-100009", "1")]
        : [newKey("C"), erp.creditMemo as TwoPhase<any>, await memoOf("SO-100009", "1", "99.00")];
      assert.deepEqual(await failure(port.draft(key, blocked, call)).then(({ kind, code }) => [kind, code]), [
        "BUSINESS",
        "CUSTOMER_BLOCKED",
      ]);
      assert.deepEqual(await port.lookUp(key, blocked, call), { answer: "absent" });
    });

    test("a customer who is blocked between draft and post refuses the post, and nothing is posted (D-06)", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100022", "1", "62.40")];
      const draft = await erp.creditMemo.draft(key, request, call);
      other.block(request.customerNumber, "ALL");
      assert.deepEqual(await failure(erp.creditMemo.post(draft.id, call)).then(({ kind, code }) => [kind, code]), [
        "BUSINESS",
        "CUSTOMER_BLOCKED",
      ]);
      other.block(request.customerNumber, "NONE");
      assert.deepEqual(other.documents(key), { posted: 0, drafts: 1 });
    });

    test("a memo whose day is closed by the time of the post is posted on the next open day, and one drafted then is for that day (D-26)", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100022", "1", "62.40")];
      const draft = await erp.creditMemo.draft(key, request, call);
      assert.deepEqual(other.draftedFor(key), [other.today]);
      other.openPeriod(other.tomorrow);
      await erp.creditMemo.post(draft.id, call);
      assert.deepEqual([other.documents(key), other.draftedFor(key)], [{ posted: 1, drafts: 0 }, [other.tomorrow]]);
      const later = newKey("C");
      const again = await memoOf("SO-100022", "1", "62.40");
      const { sameContent } = await erp.creditMemo.draft(later, again, call);
      assert.deepEqual([sameContent, other.draftedFor(later)], [true, [other.tomorrow]]);
      other.openPeriod("");
    });

    test("where no day is open any more a post is refused, and the draft stands (D-26)", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100022", "1", "62.40")];
      const draft = await erp.creditMemo.draft(key, request, call);
      other.openPeriod("", other.firstOpen);
      assert.deepEqual(await failure(erp.creditMemo.post(draft.id, call)).then(({ kind, code }) => [kind, code]), [
        "BUSINESS",
        "PERIOD_CLOSED",
      ]);
      other.openPeriod("");
      assert.deepEqual(other.documents(key), { posted: 0, drafts: 1 });
    });

    test("a word without a mapping is refused before anything is sent", async () => {
      const odd = <Request extends { lines: object[] }>(request: Request): Request => ({
        ...request,
        lines: [{ ...request.lines[0]!, location: "moon" }],
      });
      const [memo, move] = [odd(await memoOf("SO-100002", "1", "84.35")), odd(adjustmentOf("CPL-95", "1"))];
      other.clearRequests();
      const drafting = erp.stockBeforeCredit
        ? erp.adjustment.draft(newKey("D"), move, call)
        : erp.creditMemo.draft(newKey("C"), memo, call);
      assert.deepEqual(await failure(drafting).then(({ kind, code }) => [kind, code]), ["BUSINESS", "UNKNOWN_CODE"]);
      assert.equal(other.writes(), 0);
    });

    // ── Goods that go out in place of others ──────────────────────────────────────────────────────────────────────

    const replacementOf = async (number: string, quantity = "2"): Promise<ReplacementOrderRequest> => {
      const { customerNumber, currency, lines } = await orderOf(number);
      const { sku, unit } = lines[0]!;
      return {
        customerNumber,
        orderNumber: number,
        currency,
        lines: [{ ref: "rln_1", sku, quantity, unit, location: "CHI1" }],
      };
    };

    test("a replacement's draft ships nothing; posted by its id, once or twice, all of it is to be shipped, free of charge and to the same address (D-13, W-01, W-06)", async () => {
      const [key, content, port] = [newKey("V"), await replacementOf("SO-100001"), erp.replacementOrder];
      assert.deepEqual(await port.lookUp(key, content, call), { answer: "absent" });
      const draft = await port.draft(key, content, call);
      assert.deepEqual([draft.status, draft.sameContent, draft.shipped], ["DRAFT", true, false]);
      assert.deepEqual(other.outgoing(key), { orders: 1, mayShip: [0], shipments: 0 });
      assert.throws(() => other.ship(draft.number), /nothing to post/);
      await port.post(draft.id, call);
      await port.post(draft.id, call);
      const { posted, drafts } = found(await port.lookUp(key, content, call));
      assert.deepEqual([posted.map(({ id }) => id), drafts], [[draft.id], []]);
      assert.deepEqual(await port.read(draft.id, content, call), posted[0]);
      assert.deepEqual(other.outgoing(key), { orders: 1, mayShip: [2], shipments: 0 });
      const [order, original] = [await orderOf(draft.number), await orderOf("SO-100001")];
      assert.deepEqual(
        [order.status, order.customerReference, order.total, order.shippingAddress],
        ["OPEN", key, "0.00", original.shippingAddress],
      );
    });

    test("a replacement that has shipped is found by its key when its order is gone, ties, and can't be taken back (D-04, W-03, W-07)", async () => {
      const [key, content, port] = [newKey("V"), await replacementOf("SO-100001"), erp.replacementOrder];
      const { id, number } = await port.draft(key, content, call);
      await port.post(id, call);
      other.ship(number);
      const seen = found(await port.lookUp(key, content, call));
      assert.deepEqual(
        [seen.drafts, seen.posted.map((one) => [one.number, one.sameContent, one.status])],
        [[], [[number, true, "POSTED"]]],
      );
      assert.equal((await orderOf(number)).status, "INVOICED");
      assert.deepEqual(other.differences(), []);
      await port.discard(id, call);
      assert.deepEqual(other.outgoing(key), { orders: 0, mayShip: [], shipments: 1 });
    });

    test("a replacement that has not shipped is taken back, as often as one likes; two drafts and other content are told as such (W-01, W-03, W-07)", async () => {
      const [key, content, port] = [newKey("V"), await replacementOf("SO-100001"), erp.replacementOrder];
      const [first, second] = [await port.draft(key, content, call), await port.draft(key, content, call)];
      assert.equal(found(await port.lookUp(key, content, call)).drafts.length, 2);
      const differs = { ...content, lines: content.lines.map((line) => ({ ...line, quantity: "1" })) };
      assert.deepEqual(
        found(await port.lookUp(key, differs, call)).drafts.map(({ sameContent }) => sameContent),
        [false, false],
      );
      await port.post(second.id, call);
      for (const { id } of [first, first, second, second]) await port.discard(id, call);
      assert.deepEqual(await port.lookUp(key, content, call), { answer: "absent" });
    });

    test("a lost answer to a replacement's draft or post is AMBIGUOUS; the look-up tells, and posting goes on where it was (W-03, W-04)", async () => {
      const [key, content, port] = [newKey("V"), await replacementOf("SO-100001"), erp.replacementOrder];
      other.fault("replacementOrder", "draft", { kind: "drop-answer" });
      assert.equal(await kindOf(port.draft(key, content, call)), "AMBIGUOUS");
      const [draft] = found(await port.lookUp(key, content, call)).drafts;
      other.fault("replacementOrder", "post", { kind: "drop-answer" });
      assert.equal(await kindOf(port.post(draft!.id, call)), "AMBIGUOUS");
      assert.equal(found(await port.lookUp(key, content, call)).posted.length, 1);
      await port.post(draft!.id, call);
      assert.deepEqual(other.outgoing(key), { orders: 1, mayShip: [2], shipments: 0 });
    });

    test("a customer that is blocked in any way gets no goods, and the refusal says so (D-06)", async () => {
      const content = await replacementOf("SO-100001");
      other.block(content.customerNumber, "SHIP");
      const refused = await failure(erp.replacementOrder.draft(newKey("V"), content, call));
      other.block(content.customerNumber, "NONE");
      assert.deepEqual([refused.kind, refused.code], ["BUSINESS", "CUSTOMER_BLOCKED"]);
    });

    // ── What goes wrong on the way ────────────────────────────────────────────────────────────────────────────────

    const writes: [string, Parameters<ErpHarness["fault"]>[2], [string, string, number?], number][] = [
      ["the answer is lost after the work was done", { kind: "drop-answer" }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 1],
      ["the connection is reset before the work", { kind: "drop-request" }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 0],
      ["408", { kind: "refuse", status: 408 }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 0],
      ["500", { kind: "refuse", status: 500 }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 0],
      ["502", { kind: "refuse", status: 502 }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 0],
      ["504", { kind: "refuse", status: 504 }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 0],
      ["the answer is broken JSON", { kind: "malformed" }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 1],
      ["the answer is a page of HTML", { kind: "malformed", as: "html" }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 1],
      ["the answer ends before its length", { kind: "half-body" }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 1],
      ["the answer's last chunk is missing", { kind: "half-body", as: "chunked" }, ["AMBIGUOUS", "OUTCOME_UNKNOWN"], 1],
      ["429", { kind: "refuse", status: 429 }, ["TRANSIENT", "RATE_LIMITED"], 0],
      ["503", { kind: "refuse", status: 503 }, ["TRANSIENT", "UNAVAILABLE"], 0],
    ];
    for (const [when, action, [kind, code], done] of writes)
      test(`a write is ${kind} when ${when}, and is sent once (W-04)`, async () => {
        const { record, key, port, request } = await anyWrite();
        other.clearRequests();
        other.fault(record, "draft", action);
        const failed = await failure(port.draft(key, request, call));
        assert.deepEqual([failed.kind, failed.code], [kind, code]);
        assert.equal(other.writes(), 1);
        assert.doesNotMatch(failed.message, /armed|html|correlation/i, "vendor text stays apart (G-15)");
        const seen = await port.lookUp(key, request, call);
        assert.equal(seen.answer === "found" ? seen.drafts.length : 0, done);
      });

    test("a write that takes longer than its deadline is AMBIGUOUS, and may still be done (W-02, W-05)", async () => {
      const { record, key, port, request } = await anyWrite();
      await port.lookUp(key, request, call);
      const armed = other.fault(record, "draft", { kind: "delay" });
      const deadlines = holdDeadlines();
      const late = kindOf(port.draft(key, request, { ...call, deadlineMs: HELD_MS }));
      await armed.fired();
      deadlines.pass();
      assert.equal(await late, "AMBIGUOUS");
      assert.deepEqual(await port.lookUp(key, request, call), { answer: "absent" });
      await armed.release();
      assert.equal(found(await port.lookUp(key, request, call)).drafts.length, 1);
    });

    test("a post without an answer is AMBIGUOUS; the look-up tells when it was done after all (W-01, W-03)", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100002", "1", "84.35")];
      const draft = await erp.creditMemo.draft(key, request, call);
      const armed = other.fault("creditMemo", "post", { kind: "hold" });
      assert.equal(await kindOf(erp.creditMemo.post(draft.id, call)), "AMBIGUOUS");
      assert.equal(found(await erp.creditMemo.lookUp(key, request, call)).posted.length, 0);
      await armed.release();
      assert.equal(found(await erp.creditMemo.lookUp(key, request, call)).posted.length, 1);
      await erp.creditMemo.post(draft.id, call);
      assert.deepEqual(other.documents(key), { posted: 1, drafts: 0 });
    });

    test("a post whose answer is cut, though it has no body, is AMBIGUOUS and found to be done (W-01, W-04)", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100002", "1", "84.35")];
      const draft = await erp.creditMemo.draft(key, request, call);
      other.fault("creditMemo", "post", { kind: "half-body" });
      assert.equal(await kindOf(erp.creditMemo.post(draft.id, call)), "AMBIGUOUS");
      assert.equal(found(await erp.creditMemo.lookUp(key, request, call)).posted.length, 1);
      assert.deepEqual(other.documents(key), { posted: 1, drafts: 0 });
    });

    test("a posted document may have another id than its draft: AMBIGUOUS, found by its key (D-28)", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100002", "1", "84.35")];
      const draft = await erp.creditMemo.draft(key, request, call);
      other.draftIdSurvives(false);
      await erp.creditMemo.post(draft.id, call);
      other.draftIdSurvives(true);
      assert.equal(await erp.creditMemo.read(draft.id, request, call), null);
      assert.equal(await kindOf(erp.creditMemo.post(draft.id, call)), "AMBIGUOUS");
      const { posted } = found(await erp.creditMemo.lookUp(key, request, call));
      assert.deepEqual([posted.length, posted[0]!.sameContent], [1, true]);
      assert.notEqual(posted[0]!.id, draft.id);
    });

    for (const [when, action] of [
      ["lost", { kind: "drop-answer" }],
      ["429", { kind: "refuse", status: 429 }],
    ] as const)
      returnOrders(
        `a memo that is half made when an answer is ${when} is AMBIGUOUS, and told as a draft of other content (W-01)`,
        async () => {
          const [key, request] = [
            newKey("C"),
            await memoOf("SO-100002", "2", "100.00", { fees: [{ ref: "fee-1", kind: "RESTOCKING", amount: "5.00" }] }),
          ];
          other.fault("creditMemo", "complete", action);
          assert.equal(await kindOf(erp.creditMemo.draft(key, request, call)), "AMBIGUOUS");
          const { drafts } = found(await erp.creditMemo.lookUp(key, request, call));
          assert.deepEqual(
            drafts.map(({ sameContent }) => sameContent),
            [false],
          );
          await erp.creditMemo.discard(drafts[0]!.id, call);
          assert.equal((await erp.creditMemo.draft(key, request, call)).sameContent, true);
        },
      );

    test("a record that somebody changed meanwhile is read again once", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100002", "2", "100.00")];
      if (mode === "return-order") other.fault("creditMemo", "complete", { kind: "stale-etag" });
      const draft = await erp.creditMemo.draft(key, request, call);
      assert.deepEqual([draft.sameContent, draft.totals?.net], [true, "100.00"]);
      other.fault("creditMemo", "discard", { kind: "stale-etag" });
      await erp.creditMemo.discard(draft.id, call);
      assert.deepEqual(await erp.creditMemo.lookUp(key, request, call), { answer: "absent" });
    });

    returnOrders("a refusal in the middle takes the half-made memo back", async () => {
      const [key, request] = [newKey("C"), await memoOf("SO-100002", "2", "100.00")];
      other.fault("creditMemo", "complete", { kind: "refuse", status: 400, code: "Application_DialogException" });
      assert.equal(await kindOf(erp.creditMemo.draft(key, request, call)), "BUSINESS");
      assert.deepEqual(await erp.creditMemo.lookUp(key, request, call), { answer: "absent" });
    });

    test("a look-up that can't be had is unknown, never absent (W-03)", async () => {
      const { record, key, port, request } = await anyWrite();
      other.fault(record, "look-up", { kind: "refuse", status: 503 }, 3);
      assert.deepEqual(await port.lookUp(key, request, call), {
        answer: "unknown",
        reason: "UNAVAILABLE",
      });
    });

    test("a read is asked again when it fails in passing, and is TRANSIENT when it goes on (W-04)", async () => {
      other.fault("items", "read", { kind: "refuse", status: 503 });
      assert.equal((await erp.findItems(["BRG-6204"], call)).size, 1);
      for (const action of [
        { kind: "drop-answer" },
        { kind: "half-body" },
        { kind: "half-body", as: "chunked" },
      ] as const) {
        other.clearRequests();
        other.fault("items", "read", action);
        assert.equal((await erp.findItems(["BRG-6204"], call)).size, 1);
        assert.equal(other.requests()["GET items"], 2, action.kind);
      }
      for (const action of [
        { kind: "refuse", status: 503 },
        { kind: "drop-request" },
        { kind: "half-body" },
        { kind: "half-body", as: "chunked" },
        { kind: "malformed" },
        { kind: "malformed", as: "html" },
      ] as const) {
        const armed = other.fault("items", "read", action, 0);
        assert.equal(await kindOf(erp.findItems(["BRG-6204"], call)), "TRANSIENT", action.kind);
        armed.disarm();
      }
      const armed = other.fault("items", "read", { kind: "delay" });
      const deadlines = holdDeadlines();
      const late = failure(erp.findItems(["BRG-6204"], { ...call, deadlineMs: HELD_MS }));
      await armed.fired();
      deadlines.pass();
      assert.deepEqual(await late.then(({ kind, code }) => [kind, code]), ["TRANSIENT", "NO_ANSWER"]);
      await armed.release();
    });

    test("who does not want the answer any more is not kept waiting", async () => {
      const armed = other.fault("items", "read", { kind: "delay" });
      const leaving = new AbortController();
      const reading = failure(erp.findItems(["BRG-6204"], { ...call, signal: leaving.signal }));
      await armed.fired();
      leaving.abort();
      assert.equal((await reading).kind, "TRANSIENT");
      await armed.release();
    });

    test("a token that is not accepted any more is renewed once, and many calls at once fetch one", async () => {
      const { key, port, request } = await anyWrite();
      other.expireAccess();
      other.clearRequests();
      assert.equal((await port.draft(key, request, call)).status, "DRAFT");
      assert.equal(found(await port.lookUp(key, request, call)).drafts.length, 1);
      other.expireAccess();
      await Promise.all(Array.from({ length: 10 }, () => erp.findCustomers(["C-2000"], call)));
      assert.equal(other.accessRequests() <= 3, true, `${other.accessRequests()} token requests`);
    });

    test("a refusal with Retry-After says how long, and nobody asks in between", async () => {
      const another = await other.connectAgain();
      other.fault("items", "read", { kind: "refuse", status: 429, retryAfter: 3_600 });
      assert.deepEqual(
        await failure(another.erp.findItems(["BRG-6204"], call)).then(({ kind, code, retryAfterMs }) => [
          kind,
          code,
          retryAfterMs,
        ]),
        ["TRANSIENT", "RATE_LIMITED", 3_600_000],
      );
      other.clearRequests();
      const held = await failure(another.erp.findItems(["BRG-6204"], { ...call, deadlineMs: 5_000 }));
      assert.deepEqual(
        [held.kind, held.code, held.retryAfterMs! > 5_000, other.requests()],
        ["TRANSIENT", "RATE_LIMITED", true, {}],
      );
      await another.close();
    });

    test("a system that is away is TRANSIENT; the breaker opens, and a probe closes it (health)", async () => {
      const another = await other.connectAgain({ breakerFailures: 2, breakerHalfOpenMs: 0 });
      const away = await other.connectAgain({ breakerFailures: 2, breakerHalfOpenMs: 3_600_000 });
      await Promise.all([another, away].map(({ erp: each }) => each.findCustomers(["C-2000"], call)));
      assert.deepEqual([another.erp.health().state, another.erp.health().circuit], ["UP", "CLOSED"]);
      const { key, request } = await anyWrite();
      const draft = (each: ErpPort) =>
        (erp.stockBeforeCredit ? each.stockIn : each.creditMemo).draft(key, request as never, call);
      await other.down();
      try {
        for (const { erp: each } of [another, away]) {
          for (const _ of [1, 2]) assert.match(await kindOf(draft(each)), /TRANSIENT|AMBIGUOUS/);
          assert.equal(each.health().state, "DOWN");
        }
        // The other's may be half open: reads that were asked beside the one that failed are its probes.
        assert.equal(away.erp.health().circuit, "OPEN");
        assert.equal((await failure(draft(another.erp))).code, "CONNECTION_REFUSED");
        assert.equal((await failure(draft(away.erp))).code, "CIRCUIT_OPEN");
      } finally {
        await other.up();
      }
      assert.equal((await another.erp.findCustomers(["C-2000"], call)).size, 1);
      assert.deepEqual([another.erp.health().state, another.erp.health().circuit], ["UP", "CLOSED"]);
      assert.equal((await failure(away.erp.findCustomers(["C-2000"], call))).code, "CIRCUIT_OPEN");
      await Promise.all([another.close(), away.close()]);
    });

    test("no more calls are under way at once than the system's limit", async () => {
      const another = await other.connectAgain({}, (text) => text.replaceAll("concurrency: 20", "concurrency: 2"));
      await another.erp.findCustomers(["C-2000"], call);
      const armed = other.fault("customers", "read", { kind: "delay" }, 0);
      const reading = Array.from({ length: 6 }, () => another.erp.findCustomers(["C-2000"], call));
      while (armed.waiting() < 2) await new Promise(setImmediate);
      const late = await failure(another.erp.findCustomers(["C-2000"], { ...call, deadlineMs: 60 }));
      assert.deepEqual([late.kind, late.code, armed.waiting()], ["TRANSIENT", "LIMIT_REACHED", 2]);
      armed.disarm();
      await armed.release();
      assert.equal((await Promise.all(reading)).length, 6);
      await another.close();
    });

    test("a currency's rate is the one in force on the day, by way of another where the ERP says so; one without a rate is left out (D-22)", async () => {
      const on = async (day: string) =>
        [...(await erp.findExchangeRates(["EUR", "cad", "JPY", "USD"], day, call))].map(([asked, { rate }]) => [
          asked,
          rate,
        ]);
      const today = [
        ["EUR", "1.09"],
        ["cad", "0.73575"],
      ];
      assert.deepEqual((await on(other.today)).toSorted(), today);
      const before = [
        ["EUR", "1.075"],
        ["cad", "0.725625"],
      ];
      assert.deepEqual((await on(other.daysAgo(100))).toSorted(), before);
      assert.deepEqual(await on(other.daysAgo(1_000)), []);
      const [euro] = (await erp.findExchangeRates(["EUR"], other.today, call)).values();
      assert.deepEqual([euro?.companyId, euro?.currency, euro!.validFrom < other.today], ["US01", "EUR", true]);
    });

    // ── Push ──────────────────────────────────────────────────────────────────────────────────────────────────────

    test("pushes are subscribed, renewed, verified and translated; they carry no data (W-20, G-18)", async (context) => {
      const deliveries: { verdict: ReturnType<ErpPort["verify"]>; body: Buffer }[] = [];
      const came = Promise.withResolvers<void>();
      const receiver = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          const body = Buffer.concat(chunks);
          const query = new URL(request.url!, "http://here").searchParams;
          const verdict = erp.verify({
            headers: request.headers as Record<string, string>,
            query,
            body,
            receivedAt: new Date(),
          });
          if (verdict.verdict === "challenge") return void response.end(verdict.text);
          deliveries.push({ verdict, body });
          response.end();
          came.resolve();
        });
      });
      await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
      context.after(() => {
        receiver.close();
        receiver.closeAllConnections();
      });
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks/${erp.system}`;
      const { expiresAt } = await erp.keepSubscribed(url, call);
      assert.equal(Date.parse(expiresAt!) > Date.now(), true);
      await erp.keepSubscribed(url, call);
      other.block("C-2000", "SHIP");
      other.push();
      await came.promise;
      other.block("C-2000", "NONE");
      const [{ verdict, body }] = deliveries as [(typeof deliveries)[number]];
      assert.equal(verdict.verdict, "accepted");
      const [notice] = erp.translate(body);
      assert.deepEqual([notice!.record, notice!.changed, Array.isArray(notice!.ids)], ["customer", "UPDATED", true]);
      const forged = Buffer.from(body.toString().replaceAll(other.pushSecret, "guessed"));
      const delivery = { headers: {}, query: new URLSearchParams(), receivedAt: new Date() };
      assert.deepEqual(erp.verify({ ...delivery, body: forged }), {
        verdict: "refused",
        code: "SIGNATURE_INVALID",
        message: "A notice's clientState is not ours.",
      });
      assert.equal(erp.verify({ ...delivery, body: Buffer.from("<xml>") }).verdict, "refused");
      assert.equal(erp.verify({ ...delivery, body: Buffer.from('{"value":[]}') }).verdict, "refused");
      assert.deepEqual(
        erp.verify({
          ...delivery,
          body: Buffer.alloc(0),
          query: new URLSearchParams({ validationToken: "abc.DEF_1-2~" }),
        }),
        { verdict: "challenge", text: "abc.DEF_1-2~" },
      );
      assert.equal(
        erp.verify({ ...delivery, body: Buffer.alloc(0), query: new URLSearchParams({ validationToken: "<script>" }) })
          .verdict,
        "refused",
      );
      assert.throws(() => erp.translate(Buffer.from("{}")), { kind: "BUG", code: "BAD_DOCUMENT" });
    });
  });
