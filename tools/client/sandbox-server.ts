import { sandboxAddress } from "#shared/sandbox-address.ts";

/** The control address of one of the sandbox's servers: a deed of its people, or a route like `GET ledger`; gives the answer. */
export type SandboxServer = (deed: string, order?: object) => Promise<any>;

/** Of the sandbox of these settings. A call throws the server's own sentence where the deed can't be done, and one that says so where nobody answers. */
export function sandboxServer(name: string, sandboxPort: number): SandboxServer {
  const address = sandboxAddress(name, sandboxPort);
  if (address === undefined) throw new Error("SANDBOX_PORT is 0: say where the sandbox is by setting it.");
  return async (deed, order = {}) => {
    const [method, route] = deed.startsWith("GET ") ? ["GET", deed.slice(4)] : ["POST", deed];
    const request = { method, ...(method === "GET" ? {} : { body: JSON.stringify(order) }) };
    const response = await fetch(`${address}/_sandbox/${route}`, request).catch((cause: unknown) => {
      throw new Error(
        `No sandbox answers at ${address}; start it with npm start, or set PORT as it was started with.`,
        {
          cause,
        },
      );
    });
    if (response.status === 204) return undefined;
    const body = (await response.json()) as { error?: string };
    if (!response.ok) throw new Error(`${name}: ${body.error}`);
    return body;
  };
}
