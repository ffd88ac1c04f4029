import { codeOf, failSpan, startSpan, within } from "#shared/tracing.ts";
import { OperationRefused } from "../engine/operation-refused.ts";
import { prepared, prepareSeconds } from "./gateway-metrics.ts";

const outcomes = { hit: prepared("hit"), miss: prepared("miss"), refused: prepared("refused") };
const seconds = prepareSeconds();

/** A document was ready. */
export const preparedBefore = (): void => outcomes.hit.add();

/** Makes a document ready, measured and in a span of its own: planning is what a first request waits for. */
export function watchPrepare<Operation>(operationName: string | undefined, prepare: () => Operation): Operation {
  const startedAt = performance.now();
  const span = startSpan(
    "prepare",
    operationName === undefined ? {} : { attributes: { "graphql.operation.name": operationName } },
  );
  let outcome: keyof typeof outcomes = "refused";
  try {
    const operation = within(span, prepare);
    outcome = "miss";
    return operation;
  } catch (error) {
    failSpan(span, error instanceof OperationRefused ? String(error.errors[0]?.extensions["code"]) : codeOf(error));
    throw error;
  } finally {
    outcomes[outcome].add();
    seconds.observe((performance.now() - startedAt) / 1000);
    span?.end();
  }
}

/** The planner's part of it, also where a caller who is refused fields has a plan of its own. */
export function watchPlan<Plan>(plan: () => Plan): Plan {
  const span = startSpan("plan", {});
  try {
    return plan();
  } finally {
    span?.end();
  }
}
