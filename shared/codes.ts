// The closed code lists (vocabulary section 2). A code is never renamed; a new one is added with a new version of the set.

export type FaultParty = "US" | "CUSTOMER" | "CARRIER" | "SUPPLIER";
export type FreightPayer = "US" | "CUSTOMER" | "NONE";

export type Reason = {
  label: string;
  fault: FaultParty;
  freight: FreightPayer;
  /** Against whom a claim can be made. */
  claim: "SUPPLIER" | "CARRIER" | null;
  /** X12 element 1293. */
  x12: string | null;
};

/** Why goods come back (D-36). The restocking fee of a reason is policy, not a property: policies/fees.yml. */
export const reasons = {
  DEFECTIVE_ON_ARRIVAL: reason("Defective when unpacked", "SUPPLIER", "US", "SUPPLIER", "DM"),
  WARRANTY_FAILURE: reason("Failed in use, under warranty", "SUPPLIER", "US", "SUPPLIER", "DR"),
  DAMAGED_IN_TRANSIT: reason("Damaged on the way", "CARRIER", "US", "CARRIER", "DT"),
  PACKED_BADLY: reason("Damaged, packing at fault", "US", "US", null, "DP"),
  WRONG_SHIPMENT: reason("Wrong item, or more than ordered", "US", "US", null, "WG"),
  NOT_AS_DESCRIBED: reason("Not what the catalogue says", "US", "US", null, "NA"),
  LATE_DELIVERY: reason("Came after the promised date", "US", "US", null, "SP"),
  SHORT_DATED: reason("Too little shelf life left", "US", "US", null, "SD"),
  RECALL: reason("Recalled", "SUPPLIER", "US", "SUPPLIER", "PR"),
  ORDERED_IN_ERROR: reason("Ordered by mistake", "CUSTOMER", "CUSTOMER", null, "CO"),
  EXCESS_STOCK: reason("No longer needed", "CUSTOMER", "CUSTOMER", null, "EI"),
  CORE_RETURN: reason("Core, for its deposit", "CUSTOMER", "CUSTOMER", null, null),
  PRICE_ERROR: reason("Price wrong (no goods)", "US", "NONE", null, "PE"),
} as const satisfies Record<string, Reason>;

/** How goods are or are said to be; decides no money, the grade does. X12 412. */
export const conditions = {
  UNOPENED: { label: "Unopened", x12: "07" },
  OPENED: { label: "Opened", x12: "07" },
  USED: { label: "Used", x12: "07" },
  DAMAGED: { label: "Damaged", x12: "01" },
  DEFECTIVE: { label: "Defective", x12: "04" },
  INCOMPLETE: { label: "Incomplete", x12: "04" },
  EXPIRED: { label: "Expired", x12: "04" },
  LEAKING: { label: "Leaking", x12: "01" },
  NOT_CHECKED: { label: "Not checked", x12: "09" },
} as const;

/** What an inspection finds; its percent and disposition are policy: policies/grades.yml and dispositions.yml. */
export const grades = {
  A: { label: "As new, sealed" },
  B: { label: "Opened, complete, works" },
  C: { label: "Damaged or used, has value" },
  D: { label: "Defect confirmed" },
  N: { label: "Claimed defect not found" },
  E: { label: "No value left, main part missing" },
  H: { label: "Leaking, contaminated" },
  X: { label: "Not the line's goods or serial" },
} as const;

/** What the ERP does with goods of a disposition: D moves, S scraps, J takes out, null nothing. X12 1292. */
export const dispositions = {
  PENDING: { label: "Not decided", x12: null, erp: null },
  RESTOCK: { label: "Back to stock", x12: null, erp: "D" },
  RESTOCK_B_GRADE: { label: "Back to stock as B grade", x12: null, erp: "D" },
  REPAIR: { label: "Repair", x12: "RF", erp: "D" },
  REFURBISH: { label: "Refurbish", x12: null, erp: "D" },
  SCRAP: { label: "Scrap", x12: "DI", erp: "S" },
  HAZMAT_DISPOSAL: { label: "Dispose of as hazardous", x12: "SD", erp: "S" },
  RETURN_TO_VENDOR: { label: "Return to the supplier", x12: "CR", erp: "D" },
  RETURN_TO_CUSTOMER: { label: "Send back to the customer", x12: null, erp: "J" },
  TRANSFER: { label: "Transfer to another site", x12: "RT", erp: "D" },
  DONATE: { label: "Donate", x12: "SC", erp: "D" },
  HOLD: { label: "Hold", x12: null, erp: null },
} as const;

/** Why a return or a line of it is declined. X12 1294. */
export const declineReasons = {
  OUTSIDE_WINDOW: { label: "Outside the return window", x12: "RT" },
  WARRANTY_ENDED: { label: "Warranty has ended", x12: "RT" },
  NO_RECORD_OF_SALE: { label: "No record of the sale", x12: "NR" },
  ALREADY_RETURNED: { label: "Already returned", x12: "QD" },
  NOT_RETURNABLE: { label: "Not returnable", x12: null },
  DISCONTINUED: { label: "Discontinued", x12: "OS" },
  EVIDENCE_MISSING: { label: "Evidence is missing", x12: "PR" },
  INFORMATION_MISSING: { label: "Information is missing", x12: "MI" },
  AS_ORDERED: { label: "As ordered", x12: "IO" },
  NOT_DEFECTIVE: { label: "Not defective", x12: "IN" },
  EXCESSIVE_WEAR: { label: "Excessive wear", x12: "EW" },
  UNIDENTIFIED_ITEM: { label: "Item can't be identified", x12: "UI" },
  PRICE_DIFFERENCE: { label: "Price difference", x12: "PC" },
  BROKEN_CASE: { label: "Broken case", x12: null },
  DO_NOT_SHIP_BACK: { label: "Must not be shipped back", x12: null },
  APPROVAL_DECLINED: { label: "Approval was declined", x12: null },
} as const;

/** How goods differ from what was expected. X12 412. */
export const discrepancies = {
  SHORT: { label: "Fewer than authorized", x12: "02" },
  OVER: { label: "More than authorized", x12: "03" },
  WRONG_ITEM: { label: "Another item", x12: "05" },
  SERIAL_MISMATCH: { label: "Another serial number", x12: "05" },
  LOT_MISMATCH: { label: "Another lot", x12: "05" },
  UNIT_MISMATCH: { label: "Another unit", x12: null },
  CONDITION_DIFFERS: { label: "Condition differs", x12: "01" },
  NO_AUTHORIZATION: { label: "Not authorized", x12: "14" },
  AFTER_EXPIRY: { label: "After the authorization expired", x12: "14" },
  DUPLICATE_SUSPECTED: { label: "Perhaps received before", x12: null },
} as const;

export const fees = {
  RESTOCKING: { label: "Restocking" },
  RETURN_FREIGHT: { label: "Return freight" },
  REPACKING: { label: "Repacking" },
  MISSING_PARTS: { label: "Missing parts" },
  FREIGHT_REFUND: { label: "Freight paid back" },
} as const;

/** Invoice disputes. X12 426. */
const disputeReasons = {
  PRICE: { label: "Price", x12: "01" },
  DAMAGED: { label: "Damaged", x12: "04" },
  QUALITY: { label: "Quality", x12: "05" },
  QUANTITY: { label: "Quantity", x12: "06" },
  WRONG_PRODUCT: { label: "Wrong product", x12: "07" },
  DUPLICATE_BILLING: { label: "Billed twice", x12: "19" },
  DISCOUNT: { label: "Discount", x12: "24" },
  TAX: { label: "Tax", x12: "55" },
  NOT_RECEIVED: { label: "Not received", x12: "59" },
} as const;

export const units = {
  EA: { label: "Each" },
  CS: { label: "Case" },
  BX: { label: "Box" },
  PK: { label: "Pack" },
  PR: { label: "Pair" },
  SET: { label: "Set" },
  M: { label: "Metre" },
  FT: { label: "Foot" },
  KG: { label: "Kilogram" },
  LB: { label: "Pound" },
  L: { label: "Litre" },
  GAL: { label: "Gallon" },
} as const;

export const codeSets = {
  reasons,
  conditions,
  grades,
  dispositions,
  declineReasons,
  discrepancies,
  fees,
  disputeReasons,
  units,
};
export type CodeSet = keyof typeof codeSets;

/** Whether a set has the code: `isCode("reasons", input.reasonCode)`. */
export const isCode = <Set extends CodeSet>(set: Set, code: string): code is keyof (typeof codeSets)[Set] & string =>
  Object.hasOwn(codeSets[set], code);

/** A code with its label, as the graph's `Code`; a code the set does not have is its own label. */
export function codeWithLabel(set: CodeSet, code: string): { code: string; label: string } {
  const entries: Readonly<Record<string, { label: string }>> = codeSets[set];
  return { code, label: (Object.hasOwn(entries, code) && entries[code]?.label) || code };
}

/** The reason of a code. Throws RangeError when there is none: check at the edge with `isCode`. */
export function reasonOf(code: string): Reason {
  if (!isCode("reasons", code)) throw new RangeError(`There is no reason ${code}.`);
  return reasons[code];
}

function reason(
  label: string,
  fault: FaultParty,
  freight: FreightPayer,
  claim: Reason["claim"],
  x12: string | null,
): Reason {
  return { label, fault, freight, claim, x12 };
}
