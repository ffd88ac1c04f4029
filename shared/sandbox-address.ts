/** The sandbox's servers in the order of their ports from SANDBOX_PORT (wires.md, section 7). */
export const sandboxServers = [
  "business-central",
  "wms-chi1",
  "wms-dal2",
  "wms-tor3",
  "wms-ham4",
  "salesforce",
  "easypost",
  "smtp",
] as const;

/** Where a server of the sandbox listens; undefined for an unknown one and while the port is 0. */
export function sandboxAddress(server: string, sandboxPort: number): string | undefined {
  const index = (sandboxServers as readonly string[]).indexOf(server);
  return index < 0 || sandboxPort === 0
    ? undefined
    : `${server === "smtp" ? "smtp" : "http"}://127.0.0.1:${sandboxPort + index}`;
}
