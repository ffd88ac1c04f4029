import type { House } from "./house.ts";
import type { Plan } from "./plan.ts";

/** A return that is being played. */
export type Played = { plan: Plan; id: string; rmaNumber: string };
/** Something that somebody does, at its time. Throws where it can't be done. */
export type Act = (played: Played, house: House) => Promise<void> | void;

type Lines = NonNullable<Parameters<ReturnType<House["floorOf"]>["receive"]>[0]["lines"]>;
type Floor = ReturnType<House["floorOf"]>;

/** What comes to the warehouse; all that is due unless lines are given. */
export const receive =
  (lines?: Lines): Act =>
  async ({ id, rmaNumber }, house) => {
    (await floor(id, house)).receive({ rmaNumber, ...(lines ? { lines } : {}) });
  };

export const startInspection: Act = ({ id, rmaNumber }, house) =>
  eachLine(id, rmaNumber, house, (at, where) => void at.startInspection(where));

/** Every line that came, with these grades: each a share of the line's quantity, the last all that is left. */
export const inspect =
  (...grades: [grade: Grade, quantity?: string][]): Act =>
  ({ id, rmaNumber }, house) =>
    eachLine(id, rmaNumber, house, (at, where) => {
      for (const [grade, quantity] of grades) at.inspect({ ...where, grade, ...(quantity ? { quantity } : {}) });
    });
type Grade = NonNullable<Parameters<Floor["inspect"]>[0]["grade"]>;

/** The warehouse does what it was told to do with the goods. */
export const putAway: Act = async ({ id, rmaNumber }, house) => {
  const at = await floor(id, house);
  for (const { key, state } of at.look({ rmaNumber }).dispositions)
    if (state === "OPEN") at.executeDisposition({ key });
};

async function eachLine(
  id: string,
  rmaNumber: string,
  house: House,
  work: (at: Floor, where: { receipt: string; line: number }) => void,
): Promise<void> {
  const at = await floor(id, house);
  for (const { warehouseReceiptNumber: receipt, lines } of at.look({ rmaNumber }).receipts)
    for (const { line } of lines) work(at, { receipt, line });
}

const floor = async (id: string, house: House): Promise<Floor> => house.floorOf(await house.warehouseOf(id));

export const pickUp = parcel("pickUp");
export const deliver = parcel("deliver");
export const lose = parcel("lose");

function parcel(deed: "pickUp" | "deliver" | "lose"): Act {
  return async ({ id }, house) => {
    for (const trackingCode of await house.parcelsOf(id)) house.carrier[deed]({ trackingCode });
    await house.readParcels();
  };
}

/** Whoever is asked decides, tier by tier, as often as is asked by now. */
export const decide =
  (decision: "APPROVE" | "DECLINE"): Act =>
  async ({ id }, house) => {
    for (let asked = await house.askedOf(id); asked; asked = decision === "APPROVE" ? await house.askedOf(id) : null) {
      await house.decide(asked, decision);
      await house.settle();
    }
  };

export const cancel: Act = ({ id, plan: { by } }, house) => house.cancel(id, by);

/** What comes back, or is to be credited, is refused from here on; it is let off in the end, and the tasks stay. */
export const block: Act = ({ plan: { lines } }, house) => {
  const { company, customerNumber } = lines[0]!.sold.order;
  house.block(company, customerNumber);
};
