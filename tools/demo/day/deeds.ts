import { setTimeout as pause } from "node:timers/promises";
import { Fraction } from "#shared/decimal.ts";
import { Refused } from "#tools/client/gateway.ts";
import type { SandboxServer } from "#tools/client/sandbox-server.ts";
import { type Deed, type Drive, lookAt, taskOf, tell, type Who } from "./drive.ts";

/** What comes in one receipt: in the line's unit unless it says another, all that is due unless it says how much. */
export type Parcel = { quantity?: string | { value: string; unit: string }; [more: string]: unknown };
type OnTheFloor = {
  receipts: { warehouseReceiptNumber: string; lines: ReceiptLine[] }[];
  dispositions: { key: string; code: string; state: string }[];
};
type ReceiptLine = { line: number; expectedSku: string | null; inspections: unknown[] };

/** The floor of the warehouse that was told to expect the return. */
export async function floorOf(drive: Drive): Promise<SandboxServer> {
  await drive.until("warehouse.instructed");
  const { warehouse } = await lookAt(drive);
  return drive.sandbox(`wms-${warehouse!.code.toLowerCase()}`);
}

/** The goods come, in as many receipts as there are parcels; one with all of it unless told. */
export const receive =
  (parcels: (drive: Drive) => (Parcel | null)[] = () => [null]): Deed =>
  async (drive) => {
    for (const parcel of parcels(drive)) await receiveOne(drive, parcel);
  };

export const inParts = (...quantities: string[]): Deed =>
  receive(() => quantities.map((quantity) => ({ quantity, complete: false })));

async function receiveOne(drive: Drive, parcel: Parcel | null): Promise<string> {
  const floor = await floorOf(drive);
  const { rmaNumber } = drive;
  const before = ((await floor("look", { rmaNumber })) as OnTheFloor).receipts.length;
  const lines = parcel && { lines: [{ instructionLine: 1, ...parcel }] };
  const { eventId } = await floor("receive", { rmaNumber, ...lines });
  await drive.until("receipt.recorded", before + 1);
  return eventId;
}

/** A warehouse whose webhooks come more than once, and once more under another event id. */
export const receiveAndTellTwice: Deed = async (drive) => {
  const eventId = await receiveOne(drive, null);
  const floor = await floorOf(drive);
  await floor("redeliver", { eventId, times: 3 });
  await floor("repeat", { eventId });
};

/** Every line that is there and not inspected yet, but for the wrong goods. */
export const inspect =
  (grade: string): Deed =>
  async (drive) => {
    const floor = await floorOf(drive);
    const { receipts } = (await floor("look", { rmaNumber: drive.rmaNumber })) as OnTheFloor;
    for (const { warehouseReceiptNumber: receipt, lines } of receipts)
      for (const { line, expectedSku, inspections } of lines)
        if (expectedSku === null && inspections.length === 0) await floor("inspect", { receipt, line, grade });
  };

/** The warehouse does what each disposition says, as its instruction comes, for as long as the return is watched. */
export const putAway: Deed = async (drive) => {
  for (let handled = 0; ;) {
    const decided = drive.seen("disposition.decided") + drive.seen("disposition.changed");
    if (decided > handled && (await executed(drive)) >= decided) handled = decided;
    await (decided > handled ? pause(250, undefined, { signal: drive.over }) : drive.next());
  }
};

/** Does what is open, and gives how many instructions there have been. */
async function executed(drive: Drive): Promise<number> {
  const floor = await floorOf(drive);
  const { dispositions } = (await floor("look", { rmaNumber: drive.rmaNumber })) as OnTheFloor;
  for (const { key, state } of dispositions) if (state === "OPEN") await floor("executeDisposition", { key });
  return dispositions.length;
}

/** A supervisor wants something else to become of the goods, while the warehouse has not touched them. */
export const sendElsewhere =
  (code: string): Deed =>
  async (drive) => {
    await drive.until("disposition.decided");
    const { sam } = drive.people;
    const { data } = await sam.ask(dispositions, { id: drive.id });
    const [{ id: dispositionId, quantity }] = data.return.lines[0].dispositions;
    await tell(sam, "change-disposition", { dispositionId, code, quantity, note: "The customer opened every box." });
    // Until the warehouse has let go of the old and is told the new.
    const floor = await floorOf(drive);
    for (;;) {
      const told = ((await floor("look", { rmaNumber: drive.rmaNumber })) as OnTheFloor).dispositions;
      if (told.some((each) => each.code === code)) return;
      await pause(250, undefined, { signal: drive.over });
    }
  };
const dispositions = /* GraphQL */ `
  query DayDispositions($id: ID!) {
    return(id: $id) {
      lines {
        dispositions {
          id
          quantity {
            value
            unit
          }
        }
      }
    }
  }
`;

/** The customer sends another quantity than was asked for; the warehouse is told anew. */
export const amend =
  (quantity: string): Deed =>
  async (drive) => {
    await drive.until("warehouse.instructed");
    while (!(await amended(drive, quantity))) await drive.next(LOOK_AGAIN_MS);
    await drive.until("warehouse.instructed", 2);
  };
const LOOK_AGAIN_MS = 500;

/** False where something else happened to the return since it was looked at. */
async function amended({ id, people, goods }: Drive, quantity: string): Promise<boolean> {
  const { data } = await people.ada.ask("query DayVersion($id: ID!) { return(id: $id) { version lines { id } } }", {
    id,
  });
  const { version: expectedVersion, lines } = data.return;
  const line = { id: lines[0].id, quantity: { value: quantity, unit: goods.unit } };
  return tell(people.ada, "amend-return", { id, expectedVersion, lines: [line] }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof Refused && error.code === "CONFLICT") return false;
      throw error;
    },
  );
}

/** The customer wants the same again, not the money. */
export const replace: Deed = async (drive) => {
  await drive.until("return.authorized");
  const { people, id: returnId, quantity, goods } = drive;
  const { data } = await people.ada.ask("query DayLines($id: ID!) { return(id: $id) { lines { id } } }", {
    id: returnId,
  });
  const line = { returnLineId: data.return.lines[0].id, quantity: { value: String(quantity), unit: goods.unit } };
  await tell(people.ada, "request-replacement", { returnId, lines: [line], reason: "The customer needs it." });
};

/** Shipping sends off what was ordered in place of the goods, and the ERP tells of it without waiting for more to tell. */
export const shipReplacement: Deed = async (drive) => {
  await drive.until("replacement.ordered");
  const look = "query DayReplacement($id: ID!) { return(id: $id) { replacement { orders { number } } } }";
  const { data } = await drive.people.sam.ask(look, { id: drive.id });
  const [{ number }] = data.return.replacement.orders;
  await drive.sandbox("business-central")("shipOrder", { company: drive.goods.companyId, number });
  await drive.sandbox("business-central")("notify");
};

/** Credit control lets the customer order what it likes. */
export const unlimited: Deed = async ({ goods: { companyId: company, customer: number }, sandbox }) => {
  const change = { company, set: "customers", number, fields: { creditLimit: 0 } };
  await sandbox("business-central")("change", change);
};

export const cancel: Deed = async (drive) => {
  await drive.until("warehouse.instructed");
  await tell(drive.people.ada, "cancel-return", { id: drive.id, reason: "The customer keeps it." });
};

/** Somebody resolves the task with this code. */
export const resolve =
  (code: string, who: Who, note: string): Deed =>
  async (drive) => {
    const { id } = await taskOf(drive, code);
    await tell(drive.people[who], "resolve-exception", { id, resolution: "FIXED_OUTSIDE", note });
  };

/** Finance moves in the ERP what plain Business Central lets only people move, and says under which number (D-02). */
export const bookByHand: Deed = async (drive) => {
  const { id } = await taskOf(drive, "ERP_MOVE_BY_HAND");
  const { goods, quantity, people } = drive;
  const base = new Fraction(goods.factor).mul(quantity).toFraction();
  const { warehouse } = await lookAt(drive);
  const { number: reference } = await drive.sandbox("business-central")("bookItems", {
    company: goods.companyId,
    lines: [
      { item: goods.item.sku, location: "QUARANTINE", quantity: `-${base}` },
      { item: goods.item.sku, location: warehouse!.code, quantity: base },
    ],
  });
  const how = { resolution: "FIXED_OUTSIDE", reference, note: "Booked by an item journal." };
  await tell(people.fin, "resolve-exception", { id, ...how });
};

/** The ERP has the goods in quarantine: all but the credit is through. */
export const stocked: Deed = (drive) => drive.until("inventory.received");

/** Credit control blocks the customer for everything, or lifts that. */
export const block =
  (blocked: "All" | "_x0020_"): Deed =>
  async ({ goods: { companyId: company, customer: number }, sandbox }) =>
    void (await sandbox("business-central")("change", { company, set: "customers", number, fields: { blocked } }));

/** Waits for the task, then lifts the block. */
export const unblockOnceNoticed: Deed = async (drive) => {
  await taskOf(drive, "CUSTOMER_BLOCKED");
  await block("_x0020_")(drive);
};

/** Finance has what the task stopped tried again. */
export const replay =
  (code: string): Deed =>
  async (drive) => {
    const { id } = await taskOf(drive, code);
    await tell(drive.people.fin, "replay-exceptions", { ids: [id], note: "The reason is gone." });
  };

/** What the carrier does with the parcel of our label, one deed after the other. */
export const carry =
  (...deeds: ("pickUp" | "progress" | "deliver" | "lose")[]): Deed =>
  async (drive) => {
    await drive.until("label.issued");
    const trackingCode = (await lookAt(drive)).labels?.[0]?.trackingNumber;
    for (const deed of deeds) {
      await drive.sandbox("easypost")(deed, { trackingCode });
      const milestone = milestoneOf[deed];
      if (milestone) await drive.until(milestone);
    }
  };
const milestoneOf = {
  pickUp: "shipment.picked-up",
  progress: null,
  deliver: "shipment.delivered",
  lose: "shipment.lost",
};
