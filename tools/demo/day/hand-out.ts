import { Refused } from "#tools/client/gateway.ts";
import { type Cast, lookAt, openTasks, tell, type Who } from "./drive.ts";

/** Who of the day looks after what a role is asked to do. */
const people: Record<string, { who: Who; name: string }> = {
  service: { who: "ada", name: "Ada" },
  supervisor: { who: "sam", name: "Sam" },
  finance: { who: "fin", name: "Fin" },
  warehouse: { who: "wilma", name: "Wilma" },
  operations: { who: "otto", name: "Otto" },
};

/** As the day's people read it; whoever is none of them by what the house calls them. */
export function nameOf(owner: string): string {
  const person = people[owner] ?? Object.values(people).find(({ who }) => who === owner);
  return person?.name ?? owner;
}

/** At the end of the day the supervisor gives every task that is still a role's to a person. */
export async function handOut(id: string, cast: Cast): Promise<void> {
  for (const task of openTasks(await lookAt({ id, people: cast }))) {
    const person = people[task.owner?.displayName ?? ""];
    if (person)
      await tell(cast.sam, "assign-exception", { id: task.id, ownerId: person.who, note: "For tomorrow." }).catch(
        unlessOver,
      );
  }
}

/** A task that has ended by itself meanwhile is nobody's. */
function unlessOver(error: unknown): void {
  if (!(error instanceof Refused && error.code === "CONFLICT")) throw error;
}
