import type { Role } from "./arguments.ts";
import type { Station } from "./run-roles.ts";

/** The stations' own start functions; each is loaded only in the process that runs it. */
export const stations: Record<Role, Station> = {
  sandbox: async () => {
    throw new Error("not landed");
  },
  worker: async () => {
    throw new Error("not landed");
  },
  subgraphs: async () => {
    throw new Error("not landed");
  },
  gateway: async () => {
    throw new Error("not landed");
  },
};
