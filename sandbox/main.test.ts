import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sandboxServers } from "#shared/sandbox-address.ts";
import { type Sandbox, type SandboxOptions, startSandbox } from "./main.ts";

const credentials = {
  clientId: "backhaul",
  clientSecret: "s",
  wmsToken: "t",
  wmsWebhookSecret: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
  salesforce: {
    consumerKey: "k",
    username: "backhaul@distributor.example",
    certificate: generateKeyPairSync("rsa", { modulusLength: 2_048 })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString(),
  },
  easypostKey: "k",
  easypostWebhookSecret: "s",
  smtpUser: "u",
  smtpPassword: "p",
};
const start = (more: Partial<SandboxOptions> = {}) =>
  startSandbox({ port: 0, dataDir: null, credentials, scale: 0, ...more });
const control = async (sandbox: Sandbox, path: string, init?: RequestInit) =>
  (await fetch(`${sandbox.servers["wms-chi1"].url}/_sandbox/${path}`, init)).json() as Promise<any>;

test("every system of systems.yml has a server, a ledger and a control address", async () => {
  const sandbox = await start();
  assert.deepEqual(Object.keys(sandbox.servers), sandboxServers);
  const other = await control(sandbox, "servers/business-central/ledger");
  assert.deepEqual(other.tieOut, { ok: true, differences: [] });
  assert.equal((await control(sandbox, "")).name, "wms-chi1");
  await sandbox.stop();
});

test("the whole seed ties to the ledgers to the cent (D-35)", async () => {
  const sandbox = await start({ scale: 1 });
  assert.ok(sandbox.distributor.orders.length >= 3000);
  assert.deepEqual(sandbox.servers["business-central"].ledger.tieOut(), { ok: true, differences: [] });
  await sandbox.stop();
});

test("a later start has the day and the data of the first one, and no other scale", async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "sandbox-"));
  try {
    const first = await start({ dataDir, today: "2026-11-21" });
    const { number } = first.servers["business-central"].controls.creditByHand({
      company: "US01",
      invoiceNumber: "PSI-100002",
      lines: [{ sequence: 10_000, quantity: 1 }],
    });
    await first.stop();
    await assert.rejects(start({ dataDir, scale: 3 }), {
      message:
        "--scale 3: the sandbox of this data folder was made with scale 0 and keeps it; leave --scale out, or begin anew with another DATA_DIR.",
    });
    const second = await start({ dataDir, today: "2026-12-24", scale: undefined });
    assert.equal(second.distributor.today, "2026-11-21");
    assert.ok(second.servers["business-central"].ledger.creditMemos().some((memo) => memo.number === number));
    await second.stop();
  } finally {
    rmSync(dataDir, { recursive: true });
  }
});

test("it listens on loopback only, and a taken port stops all of it (G-17)", async () => {
  await assert.rejects(start({ host: "0.0.0.0" }), /loopback only/);
  const sandbox = await start();
  const port = Number(new URL(sandbox.servers["wms-ham4"].url).port);
  await assert.rejects(start({ port: port - 4 }), { code: "EADDRINUSE" });
  await sandbox.stop();
});
