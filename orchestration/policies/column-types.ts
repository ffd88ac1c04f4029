import { ROLES } from "#shared/caller.ts";
import { conditions, dispositions, grades, reasons } from "#shared/codes.ts";

/** The code lists that a column of a policy table may hold. */
const codeLists: Readonly<Record<string, readonly string[]>> = {
  reason: Object.keys(reasons),
  fault: ["US", "CUSTOMER", "CARRIER", "SUPPLIER"],
  condition: Object.keys(conditions),
  grade: Object.keys(grades),
  disposition: Object.keys(dispositions),
  warranty: ["IN", "OUT", "UNKNOWN"],
  decision: ["AUTO", "APPROVAL", "REFUSED"],
  approvalKind: [
    "RETURN_AUTHORIZATION",
    "POLICY_EXCEPTION",
    "HIGH_VALUE_CREDIT",
    "DAMAGED_GOODS",
    "GATE_EXCEPTION",
    "OVER_RECEIPT",
    "REPLACEMENT",
    "HAZARD",
    "REGULATED",
    "SUPPLIER_CHARGEBACK",
    "FRAUD_REVIEW",
  ],
  role: ROLES,
  labelKind: ["PARCEL", "BILL_OF_LADING", "NONE"],
  payer: ["US", "CUSTOMER", "NONE"],
  place: ["SUPPLIER", "CONSIGNMENT_OF_ORIGIN", "ORIGIN", "NEAREST"],
  grouping: ["PER_RECEIPT", "PER_RETURN", "PER_DAY"],
  caseDeed: ["NONE", "LINK_ONLY", "CREATE"],
};

export type ColumnType = {
  kind: "code" | "text" | "flag" | "number" | "percent" | "money";
  /** The codes of a code column. */
  codes: readonly string[];
  /** Written with `?`: the value may be unknown (of a result: may be left out). */
  optional: boolean;
};

/** Reads `reason`, `number?` …; null when there is no such type. */
export function columnType(text: string): ColumnType | null {
  const optional = text.endsWith("?");
  const name = optional ? text.slice(0, -1) : text;
  const codes = Object.hasOwn(codeLists, name) ? codeLists[name] : undefined;
  if (codes) return { kind: "code", codes, optional };
  if (name === "text" || name === "flag" || name === "number" || name === "percent" || name === "money")
    return { kind: name, codes: [], optional };
  return null;
}
