import { createControl } from "./control.ts";
import type { Faults } from "./faults.ts";
import { listen } from "./http.ts";
import { createRequestLog } from "./request-log.ts";
import type { SandboxServer, Vendor } from "./vendor.ts";

export type ServerOptions<Ledger, Controls extends object> = {
  name: string;
  host: string;
  port: number;
  /** The same faults that the vendor was created with: it asks them for lag. */
  faults: Faults;
  vendor: Vendor<Ledger, Controls>;
  /** All servers of this process, for `/_sandbox/servers/<name>`. */
  servers: () => Record<string, SandboxServer>;
};

/** Puts a vendor on a port, with faults, request counts and the control address. */
export async function startServer<Ledger, Controls extends object>(
  options: ServerOptions<Ledger, Controls>,
): Promise<SandboxServer<Ledger, Controls>> {
  const { name, host, port, faults, vendor } = options;
  const requests = createRequestLog(vendor.kindOf);
  let server: SandboxServer<Ledger, Controls>;
  const listener = await listen({
    name,
    host,
    port,
    faults,
    log: requests,
    handle: vendor.handle,
    control: createControl(() => server as SandboxServer, options.servers),
    refusal: vendor.refusal,
    bodyLimit: vendor.bodyLimit,
  });
  server = {
    name,
    url: listener.url,
    faults,
    ledger: vendor.ledger,
    webhooks: vendor.outbox,
    requests,
    controls: vendor.controls,
    down: (mode = "reset") => listener.down(mode),
    up: () => listener.up(),
    async reset() {
      await listener.up();
      await faults.clear();
      vendor.outbox.clear();
      vendor.reset();
      requests.clear();
    },
    async close() {
      await listener.close();
      await vendor.close();
    },
  };
  return server;
}
