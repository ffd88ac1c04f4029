import type { Flow } from "../step.ts";

/** Every flow, one line each; a flow that runs somewhere may not be taken out (W-15). */
export const flows: readonly Flow[] = [];
