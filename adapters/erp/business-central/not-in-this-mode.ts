import { ProgramBug } from "#shared/errors.ts";
import type { TwoPhase } from "../../port.ts";

/** A document that plain v2.0 does not have; the steps that would ask for it are skipped by what the port says it can do (D-02). */
export function notInThisMode(system: string, what: string): TwoPhase<any> {
  const refuse = async (): Promise<never> => {
    throw new ProgramBug({ system, code: "REQUEST_INVALID", vendorText: `plain v2.0 has no ${what}` });
  };
  return { draft: refuse, lookUp: refuse, read: refuse, post: refuse, discard: refuse };
}
