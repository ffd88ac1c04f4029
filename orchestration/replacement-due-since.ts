import { sum } from "#shared/decimal.ts";
import { base } from "./base-quantity.ts";
import { lineById } from "./goods.ts";
import { credited, standingReplacements } from "./open-for-replacement.ts";
import { authorizedOf, receivedShares, replacementUnits } from "./quantities.ts";
import { approvalOf } from "./replacement-approval.ts";
import type { ApprovalState, ReplacementState, ReturnState } from "./return-state.ts";

/** Since when a replacement might be ordered: everybody who is asked has said yes, and its goods are accepted (D-16); null while one of these is open. */
export function dueSince(state: ReturnState, replacement: ReplacementState): string | null {
  const approval = approvalOf(state, replacement);
  if (approval === "WAITS" || approval === "DECLINED") return null;
  const { lines, requestedAt } = replacement;
  if (!lines.every(({ lineId, quantity }) => isAccepted(state, replacement, lineId, quantity.base))) return null;
  const looked = lines.flatMap(({ lineId }) => inspectionsOf(state, lineId));
  const asked = state.approvals.filter((one) => isAbout(one, replacement.replacementId, looked));
  if (asked.some(({ status }) => status === "PENDING")) return null;
  const moments = [
    requestedAt,
    ...looked.map(({ inspectedAt }) => inspectedAt),
    ...asked.flatMap(({ decidedAt }) => decidedAt ?? []),
  ];
  return moments.toSorted((a, b) => Date.parse(a) - Date.parse(b)).at(-1)!;
}

/** As many were accepted as are wanted, beyond what is credited and was asked for before; or no more of them will be. */
function isAccepted(state: ReturnState, { version }: ReplacementState, lineId: string, wanted: string): boolean {
  const line = lineById(state, lineId)!;
  const shares = receivedShares(state, line);
  const before = standingReplacements(state).filter((other) => other.version < version);
  const free = sum(shares.map(({ accepted }) => accepted))
    .sub(credited(state, line))
    .sub(replacementUnits(before, lineId));
  return free.gte(base(wanted)) || sum(shares.map(({ inspected }) => inspected)).gte(authorizedOf(line));
}

const inspectionsOf = (state: ReturnState, lineId: string) =>
  receivedShares(state, lineById(state, lineId)!).flatMap(({ inspections }) =>
    inspections.map(({ inspection }) => inspection),
  );

const isAbout = (
  { subject }: ApprovalState,
  replacementId: string,
  looked: readonly { inspectionId: string }[],
): boolean =>
  "replacementId" in subject
    ? subject.replacementId === replacementId
    : "inspectionId" in subject && looked.some(({ inspectionId }) => inspectionId === subject.inspectionId);
