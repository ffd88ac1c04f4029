import assert from "node:assert/strict";
import { raiseTask } from "#orchestration/exceptions.ts";
import { authorizedReturn } from "#orchestration/sample-facts.ts";
import type { Caller } from "#shared/caller.ts";
import { inTransaction } from "#shared/database.ts";
import type { ExceptionCode } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import { person, stamp, startTestSubgraphs, testSystems, writeReturn } from "./start-subgraphs.ts";

export const otto = person("otto", "operations");
export const sam = person("sam", "supervisor");
export const fin = person("fin", "finance");
export const ada = person("ada", "service");
export const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1"] });
/** Another company's. */
export const eve = person("eve", "supervisor", { companies: ["CA02"] });

/** The operations subgraph over a return of its own, and tasks about it. */
export async function startTasks() {
  const subgraphs = await startTestSubgraphs(["operations"], testSystems([]).systems);
  const { db } = subgraphs;
  const returnId = await writeReturn(db, authorizedReturn({ id: "rln_1", quantity: "4" }));
  let causes = 0;
  /** A task, with an operation that waits for it. */
  const raise = (code: ExceptionCode, replayable = true, amounts?: string) => {
    const operationId = newId("op");
    return inTransaction(db, async (tx) => {
      const of = {
        flow: "post-credit",
        flow_version: 1,
        lane: "money",
        return_id: returnId,
        company_id: "US01",
        correlation_id: "c",
      };
      await tx
        .insertInto("operations")
        .values({
          id: operationId,
          ...of,
          cause: operationId,
          status: "NEEDS_ATTENTION",
          actor: JSON.stringify(stamp.actor),
        })
        .execute();
      const failed = {
        name: "post-memo",
        system: "erp-us01",
        status: "FAILED" as const,
        attempts: 3,
        last_error: JSON.stringify({ category: "BUSINESS", code, message: "The ERP said no." }),
      };
      await tx
        .insertInto("operation_steps")
        .values({ operation_id: operationId, position: 0, ...failed })
        .execute();
      const task = {
        code,
        summary: `Task ${code}.`,
        ...(amounts === undefined ? {} : { amounts }),
        cause: `cause-${(causes += 1)}`,
        returnId,
        operationId,
        step: "post-memo",
        replayable,
        system: "erp-us01",
      };
      const exceptionId = await raiseTask(tx, task, stamp);
      await tx.updateTable("operations").set({ exception_id: exceptionId }).where("id", "=", operationId).execute();
      return { exceptionId, operationId };
    });
  };
  const ask = (query: string, variables = {}, caller: Caller = otto) =>
    subgraphs.ask("operations", caller, query, variables);
  let keys = 0;
  const mutate = async (name: string, payload: string, input: object, caller: Caller) => {
    const document = `mutation ($input: ${name.charAt(0).toUpperCase()}${name.slice(1)}Input!) { ${name}(input: $input) { ${payload} userErrors { code field } } }`;
    const { data, errors } = await ask(document, { input: { idempotencyKey: `key-${(keys += 1)}`, ...input } }, caller);
    assert.deepEqual(errors, []);
    return data[name];
  };
  return { returnId, raise, ask, mutate, rung: subgraphs.rung };
}

/** `CONFLICT id` for each user error of a payload. */
export const codes = ({ userErrors }: { userErrors: { code: string; field: string[] }[] }) =>
  userErrors.map(({ code, field }) => `${code} ${field.join(".")}`);
