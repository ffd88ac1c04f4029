import type { Db } from "#shared/database.ts";
import type { Flow } from "./step.ts";

/** Refuses to start while an unfinished operation needs a flow, a version or a step that this program has no more (W-15). */
export async function assertFlowsKnown(db: Db, flows: readonly Flow[]): Promise<void> {
  const open = await db
    .selectFrom("operations")
    .select(["flow", "flow_version", "step"])
    .distinct()
    .where("finished_at", "is", null)
    .execute();
  const missing = open.filter(({ flow: name, flow_version, step }) => {
    const flow = flows.find((candidate) => candidate.name === name);
    // A newer version is a newer process's to run.
    if (flow && flow_version > flow.version) return false;
    return !flow || flow_version < flow.version || (step !== null && !flow.steps.some((known) => known.name === step));
  });
  if (missing.length === 0) return;
  const names = missing.map(
    ({ flow, flow_version, step }) => `${flow} version ${flow_version}${step ? ` at ${step}` : ""}`,
  );
  throw new Error(
    `Unfinished operations need what this program has no more: ${names.join(", ")}. Let the version that has it finish them first (W-15).`,
  );
}

/** The prefix of transaction keys is fixed after the first start (W-06): keys in the systems carry it. */
export async function assertInstallation(db: Db, installation: string): Promise<void> {
  await db
    .insertInto("settings")
    .values({ key: "installation", value: JSON.stringify(installation) })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { value } = await db
    .selectFrom("settings")
    .select("value")
    .where("key", "=", "installation")
    .executeTakeFirstOrThrow();
  if (value !== installation)
    throw new Error(
      `INSTALLATION is ${installation}, but this database began as ${String(value)}; documents in the systems carry that name.`,
    );
}
