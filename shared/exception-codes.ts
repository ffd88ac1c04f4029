import type { Role } from "./caller.ts";

/** Exception tasks: category → who owns it and its codes with the sentence people read (vocabulary.md, section 5). Codes are never renamed. */
export const exceptionCategories = {
  MASTER_DATA_MISMATCH: {
    owner: "operations",
    codes: {
      UNKNOWN_ITEM: "{system} does not know the item.",
      UNKNOWN_CUSTOMER: "{system} does not know the customer.",
      UNKNOWN_CODE: "A code has no mapping for {system}.",
      UNIT_UNKNOWN: "The unit of measure has no conversion.",
      DUPLICATE_CUSTOMER: "Two customers in {system} fit.",
      CASE_REFUSED: "{system} refused to take what happened to the return.",
      NOTIFICATION_FAILED: "The customer could not be told by {system}.",
      HAZARD_DATA_MISSING: "The item is hazardous and its shipping data is missing.",
    },
  },
  API_TIMEOUT: {
    owner: "operations",
    codes: {
      OUTCOME_UNKNOWN: "It is not known whether {system} did it.",
      TWO_DOCUMENTS_FOUND: "{system} holds two documents with one transaction key.",
      CONTENT_DIFFERS: "{system} holds a document with this key and other content.",
      RETRIES_EXHAUSTED: "{system} did not take it after many attempts.",
      UNDO_REFUSED: "{system} refused to undo it.",
    },
  },
  WAREHOUSE_REJECTION: {
    owner: "warehouse",
    codes: {
      INSTRUCTION_REJECTED: "{system} rejected the instruction.",
      SITE_REFUSED: "The site does not take these goods.",
      OUT_OF_STOCK: "The site has not enough of the goods.",
      CANCEL_UNANSWERED: "{system} has not answered the request to cancel.",
    },
  },
  ERP_RULE: {
    owner: "finance",
    codes: {
      CUSTOMER_BLOCKED: "The customer is blocked in {system}.",
      PERIOD_CLOSED: "The posting date is in a closed period of {system}.",
      POSTING_REFUSED: "{system} refused the posting.",
      ERP_MOVE_BY_HAND: "The move has to be made by hand in {system}.",
      CREDITED_ELSEWHERE: "The invoice line was credited in {system} by somebody else.",
    },
  },
  GOODS_DISCREPANCY: {
    owner: "warehouse",
    codes: {
      OVER_RECEIPT: "More came than was authorized.",
      WRONG_ITEM: "Another item came than was authorized.",
      SERIAL_MISMATCH: "The serial number is not the one that was sold.",
      LOT_MISMATCH: "The lot is not the one that was sold.",
      UNMATCHED_RECEIPT: "Goods came that fit no return.",
      LOST_IN_TRANSIT: "The parcel is lost.",
      DUPLICATE_SUSPECTED: "The receipt looks like one we already have.",
      CORRECTION_AFTER_CREDIT: "A correction came after the credit was posted.",
    },
  },
  MONEY_DIFFERENCE: {
    owner: "finance",
    codes: {
      TAX_DIFFERENCE: "The tax of the draft differs from ours.",
      TOTAL_DIFFERENCE: "The total of the draft differs from ours.",
      OVER_INVOICED: "The credit is more than what was invoiced.",
      REFUND_FAILED: "The refund could not be paid.",
    },
  },
  RECONCILIATION: {
    owner: "finance",
    codes: {
      STOCK_WITHOUT_CREDIT: "Stock moved and no credit was posted.",
      CREDIT_WITHOUT_STOCK: "A credit was posted and no stock moved.",
      STOCK_DIFFERENCE: "Stock in the systems differs from the facts.",
      CREDIT_DIFFERENCE: "Credits in {system} differ from the facts.",
      BALANCE_DIFFERENCE: "The customer's balance differs from the facts.",
    },
  },
  CARRIER: {
    owner: "service",
    codes: {
      LABEL_REFUSED: "{system} refused the label.",
      NO_LABEL_FOR_HAZARD: "No label can be bought for a hazardous item.",
      PICKUP_FAILED: "The pickup failed.",
    },
  },
  REVIEW: {
    owner: "supervisor",
    codes: {
      FRAUD_SUSPECTED: "The return is flagged for review.",
      DISPUTED_INSPECTION: "The customer disputes the inspection.",
      POLICY_GAP: "No rule of the policy decides this.",
    },
  },
  SUPPLIER: {
    owner: "finance",
    codes: {
      CLAIM_REFUSED: "The supplier refused the claim.",
      AUTHORIZATION_MISSING: "The supplier's authorization is missing.",
    },
  },
  PARTNER_DATA: {
    owner: "operations",
    codes: {
      PARKED_TOO_LONG: "An event has waited too long for its return.",
      BAD_DOCUMENT: "A document of {system} can't be read.",
      NO_MAPPING: "A value of {system} has no mapping.",
    },
  },
  SLA: {
    owner: "STAGE",
    codes: {
      STAGE_OVERDUE: "The stage is overdue.",
      APPROVAL_OVERDUE: "The approval is overdue.",
      QUARANTINE_OVERDUE: "The goods are in quarantine too long.",
    },
  },
  BUG: {
    owner: "operations",
    codes: {
      UNFOLDABLE_FACT: "A fact of this return can't be folded.",
      NO_PROGRESS: "The operation was claimed again and again without progress.",
      UNEXPECTED: "Something unexpected happened on our side.",
    },
  },
} as const satisfies Record<string, { owner: Role | "STAGE"; codes: Record<string, string> }>;

type Categories = typeof exceptionCategories;
export type ExceptionCategory = keyof Categories;
export type ExceptionCode = { [Name in ExceptionCategory]: keyof Categories[Name]["codes"] }[ExceptionCategory];

interface Known {
  category: ExceptionCategory;
  owner: Role | "STAGE";
  message: string;
}
const known = new Map<string, Known>(
  Object.entries(exceptionCategories).flatMap(([category, { owner, codes }]) =>
    Object.entries(codes).map(([code, message]): [string, Known] => [
      code,
      { category: category as ExceptionCategory, owner, message },
    ]),
  ),
);

export const isExceptionCode = (code: string): code is ExceptionCode => known.has(code);
export const categoryOf = (code: ExceptionCode): ExceptionCategory => find(code).category;
/** Who owns a task of this code; a task of an overdue stage goes to the owner of the stage. */
export function ownerOf(code: ExceptionCode, stageOwner: Role = "operations"): Role {
  const { owner } = find(code);
  return owner === "STAGE" ? stageOwner : owner;
}
/** The sentence of a code, `{system}` still to be filled. */
export const exceptionMessage = (code: ExceptionCode): string => find(code).message;

function find(code: ExceptionCode): Known {
  const entry = known.get(code);
  if (!entry) throw new TypeError(`${code} is not an exception code`);
  return entry;
}
