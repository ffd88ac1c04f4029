import {
  amend,
  block,
  bookByHand,
  cancel,
  carry,
  inParts,
  inspect,
  receive,
  receiveAndTellTwice,
  replace,
  replay,
  resolve,
  sendElsewhere,
  shipReplacement,
  stocked,
  unblockOnceNoticed,
  unlimited,
} from "./deeds.ts";
import type { Deed } from "./drive.ts";
import type { Goods } from "./goods.ts";

export type Kind = {
  name: string;
  /** How many of the day's sixty. */
  count: number;
  /** Which lines of the seed it can be played with. */
  fits: (goods: Goods) => boolean;
  /** How much of the line; 1 unless told. */
  quantity?: (goods: Goods) => number;
  /** So much more of the line may come back, too. */
  spare?: number;
  reasonCode?: string;
  /** An exception is asked for, with this note. */
  exception?: string;
  /** A customer has called: somebody opens a case first. */
  inCase?: true;
  /** Nobody else's return of the day is this customer's. */
  alone?: true;
  /** What the eligibility has to say of the line; AUTO unless told. */
  decision?: "AUTO" | "APPROVAL" | "REFUSED";
  /** One after the other; approvals and dispositions are done by others meanwhile. */
  deeds: Deed[];
  /** The warehouse puts goods away only once these are done. */
  putAwayAfter?: true;
  /** What is said to approvals of a kind; those that nobody has an opinion on are approved, by who may. */
  says?: Record<string, "DECLINE" | "LEAVE">;
  /** The status that it comes to, the code of a task or the kind of an approval that it waits for, or REFUSED: nothing was created, or it was declined later, when a busy ERP had answered (D-30). */
  ends: string;
};

/** The window of the policy, less some days: a run takes its time, and the site has its own days. */
const RECENT = 27;
/** US01's tax code whose rate rises on the day, and to what. */
export const RAISED_TAX = { company: "US01", code: "WI-MILW", percent: "8.4" };

const recent = ({ age }: Goods) => age <= RECENT;
const plain = ({ item, unit }: Goods) =>
  item.tracking === "NONE" &&
  !item.hazardous &&
  item.returnable &&
  !item.supplierOwned &&
  !item.dropShip &&
  !item.recalled &&
  item.category !== "CORES" &&
  unit !== "M";
const single = ({ factor }: Goods) => factor === "1";
/** Of plain goods delivered lately, sold by the piece, at least so many. */
const some = (least: number) => (goods: Goods) =>
  goods.companyId === "US01" && plain(goods) && single(goods) && recent(goods) && goods.sold >= least;
/** Cheap enough that nobody is asked about its credit. */
const cheap = ({ net }: Goods) => net < 200;
const both =
  (...all: ((goods: Goods) => boolean)[]) =>
  (goods: Goods) =>
    all.every((each) => each(goods));
const late = (goods: Goods) => goods.companyId === "US01" && plain(goods) && single(goods) && goods.age > 35;
const inCanada = (goods: Goods) =>
  goods.companyId === "CA02" && plain(goods) && single(goods) && recent(goods) && goods.net < 600;
const inEurope = (goods: Goods) =>
  goods.companyId === "EU03" && plain(goods) && single(goods) && recent(goods) && cheap(goods);
/** As many units as are worth so much. */
const worth =
  (least: number) =>
  ({ net }: Goods): number =>
    Math.ceil(least / net);
const canBeWorth = (least: number) => (goods: Goods) => worth(least)(goods) <= goods.sold;
const byHazard = (known: boolean) => (goods: Goods) =>
  goods.companyId === "US01" &&
  recent(goods) &&
  goods.item.hazardous &&
  (goods.item.hazard !== null) === known &&
  !goods.item.hazard?.doNotShipBack;

/** What a service agent's day is made of: sixty returns in all. */
export const kinds: readonly Kind[] = [
  { name: "clean", count: 3, fits: both(some(1), cheap), deeds: [receive(), inspect("A")], ends: "CLOSED" },
  {
    name: "in three receipts",
    count: 2,
    fits: both(some(3), cheap),
    quantity: () => 3,
    deeds: [inParts("1", "1", "1"), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "rounded to the cent",
    count: 2,
    fits: both(some(3), cheap, ({ discounted }) => discounted),
    quantity: () => 3,
    deeds: [inParts("1"), inspect("A"), inParts("2"), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "a case in pieces",
    count: 2,
    fits: (goods) =>
      goods.companyId === "US01" && plain(goods) && recent(goods) && !single(goods) && Number(goods.factor) > 1,
    deeds: [
      receive(({ goods }) => {
        const unit = goods.item.baseUnit;
        const rest = String(Number(goods.factor) - 4);
        return [{ quantity: { value: "4", unit }, complete: false }, { quantity: { value: rest, unit } }];
      }),
      inspect("A"),
    ],
    ends: "CLOSED",
  },
  {
    name: "tax raised since",
    count: 2,
    fits: both(
      some(1),
      cheap,
      ({ taxCode, taxPercent }) => taxCode === RAISED_TAX.code && taxPercent !== RAISED_TAX.percent,
    ),
    deeds: [receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "ordered in error, B",
    count: 2,
    fits: both(some(2), cheap),
    quantity: () => 2,
    reasonCode: "ORDERED_IN_ERROR",
    deeds: [receive(), inspect("B")],
    ends: "CLOSED",
  },
  {
    name: "with serials",
    count: 2,
    fits: (goods) => goods.companyId === "US01" && recent(goods) && goods.serialNumbers.length > 0,
    deeds: [receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "somebody's serial",
    count: 1,
    fits: (goods) => goods.companyId === "US01" && recent(goods) && goods.serialNumbers.length > 0,
    deeds: [receive(({ rmaNumber }) => [{ serialNumbers: [`OF-NOBODY-${rmaNumber.slice(-4)}`] }]), inspect("A")],
    ends: "SERIAL_MISMATCH",
  },
  {
    name: "with a lot",
    count: 2,
    fits: (goods) => goods.companyId === "US01" && recent(goods) && goods.lot !== null && single(goods),
    deeds: [receive(({ goods }) => [{ ...goods.lot }]), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "told three times",
    count: 2,
    fits: both(some(1), cheap),
    deeds: [receiveAndTellTwice, inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "over, let in",
    spare: 1,
    count: 2,
    fits: both(some(3), cheap),
    deeds: [receive(() => [{ quantity: "2" }]), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "over, not let in",
    spare: 1,
    count: 1,
    fits: both(some(3), cheap),
    deeds: [receive(() => [{ quantity: "2" }]), inspect("A")],
    says: { OVER_RECEIPT: "DECLINE" },
    ends: "OVER_RECEIPT",
  },
  {
    name: "wrong item in the box",
    count: 2,
    fits: both(some(1), cheap, ({ item }) => item.sku !== "BRG-6205"),
    deeds: [receive(() => [{ sku: "BRG-6205", quantity: { value: "1", unit: "EA" } }])],
    ends: "WRONG_ITEM",
  },
  {
    name: "damaged, of value",
    count: 3,
    fits: both(some(1), canBeWorth(250), ({ net }) => net < 700),
    quantity: worth(250),
    reasonCode: "PACKED_BADLY",
    deeds: [receive(), inspect("E")],
    ends: "CLOSED",
  },
  {
    name: "scrapped after all",
    count: 1,
    fits: both(some(1), cheap),
    putAwayAfter: true,
    deeds: [receive(), inspect("A"), sendElsewhere("SCRAP")],
    ends: "CLOSED",
  },
  {
    name: "credit over 1,000",
    count: 2,
    fits: both(some(1), canBeWorth(1000), ({ net }) => net < 1000),
    quantity: worth(1000),
    deeds: [receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "credit over 10,000",
    count: 1,
    fits: both(some(1), canBeWorth(10_000)),
    quantity: worth(10_000),
    deeds: [receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "finance is at lunch",
    count: 2,
    fits: both(some(1), canBeWorth(1000), ({ net }) => net < 1000),
    quantity: worth(1000),
    deeds: [receive(), inspect("A")],
    says: { HIGH_VALUE_CREDIT: "LEAVE" },
    ends: "HIGH_VALUE_CREDIT",
  },
  {
    name: "blocked, then lifted",
    count: 1,
    fits: both(some(1), cheap),
    alone: true,
    deeds: [receive(), stocked, block("All"), inspect("A"), unblockOnceNoticed, replay("CUSTOMER_BLOCKED")],
    ends: "CLOSED",
  },
  {
    name: "customer blocked",
    count: 1,
    fits: both(some(1), cheap),
    alone: true,
    deeds: [receive(), stocked, block("All"), inspect("A")],
    ends: "CUSTOMER_BLOCKED",
  },
  {
    name: "two of three after all",
    count: 1,
    fits: both(some(3), cheap),
    quantity: () => 3,
    deeds: [amend("2"), receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "one more in the parcel",
    count: 1,
    fits: both(some(2), cheap),
    spare: 1,
    deeds: [amend("2"), receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "another one instead",
    count: 2,
    fits: both(some(1), cheap),
    deeds: [unlimited, replace, receive(), inspect("A"), shipReplacement],
    ends: "CLOSED",
  },
  { name: "kept after all", count: 2, fits: some(1), deeds: [cancel], ends: "CANCELLED" },
  { name: "too late", count: 2, fits: late, decision: "REFUSED", deeds: [], ends: "REFUSED" },
  {
    name: "too late, excused",
    count: 2,
    fits: both(late, cheap),
    decision: "REFUSED",
    exception: "They were closed for two weeks.",
    deeds: [receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "too late, declined",
    count: 1,
    fits: late,
    decision: "REFUSED",
    exception: "They forgot about it.",
    deeds: [],
    says: { POLICY_EXCEPTION: "DECLINE" },
    ends: "DECLINED",
  },
  {
    name: "from a case",
    count: 2,
    fits: both(some(1), cheap),
    inCase: true,
    deeds: [carry("pickUp", "deliver"), receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "hazardous",
    count: 1,
    fits: byHazard(true),
    reasonCode: "NOT_AS_DESCRIBED",
    decision: "APPROVAL",
    deeds: [receive(), inspect("A"), resolve("NO_LABEL_FOR_HAZARD", "ada", "A haulier of theirs brought it.")],
    ends: "CLOSED",
  },
  {
    name: "hazardous, no haulier",
    count: 1,
    fits: byHazard(true),
    decision: "APPROVAL",
    deeds: [],
    ends: "NO_LABEL_FOR_HAZARD",
  },
  {
    name: "hazardous, no UN data",
    count: 1,
    fits: byHazard(false),
    decision: "APPROVAL",
    deeds: [receive(), inspect("A"), resolve("HAZARD_DATA_MISSING", "otto", "The item's data is entered.")],
    ends: "CLOSED",
  },
  {
    name: "parcel found again",
    count: 1,
    fits: both(some(1), cheap),
    deeds: [
      carry("pickUp", "lose", "progress", "deliver"),
      resolve("LOST_IN_TRANSIT", "wilma", "It has turned up."),
      receive(),
      inspect("A"),
    ],
    ends: "CLOSED",
  },
  {
    name: "parcel lost",
    count: 1,
    fits: both(some(1), cheap),
    deeds: [carry("pickUp", "lose")],
    ends: "LOST_IN_TRANSIT",
  },
  {
    name: "CA02, moved by hand",
    count: 2,
    fits: inCanada,
    deeds: [receive(), inspect("A"), bookByHand],
    ends: "CLOSED",
  },
  {
    name: "CA02, not yet moved",
    count: 1,
    fits: inCanada,
    deeds: [receive(), inspect("A")],
    ends: "ERP_MOVE_BY_HAND",
  },
  {
    name: "EU03, in euros",
    count: 2,
    fits: both(inEurope, ({ taxCode }) => taxCode === "DE-19"),
    deeds: [receive(), inspect("A")],
    ends: "CLOSED",
  },
  {
    name: "EU03, over a border",
    count: 1,
    fits: both(inEurope, ({ taxCode }) => taxCode === "EU-RC"),
    deeds: [receive(), inspect("A"), resolve("LABEL_REFUSED", "sam", "They sent it themselves.")],
    ends: "CLOSED",
  },
];
