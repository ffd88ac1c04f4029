import assert from "node:assert/strict";
import { test } from "node:test";
import { SignJWT } from "jose";
import {
  createCaller,
  createInternalKeys,
  createInternalSigner,
  createInternalVerifier,
  seesCompany,
  viewCaller,
} from "./caller.ts";

const ada = createCaller({
  kind: "PERSON",
  id: "ada",
  name: "Ada",
  roles: ["service"],
  companies: ["US01", "CA02"],
  sites: null,
  partner: null,
  scope: [],
  client: "person:http://issuer:ada",
});

test("a subgraph gets the caller as the gateway verified it (G-19)", async () => {
  const keys = await createInternalKeys();
  const sign = await createInternalSigner(keys.privateKey);
  const verify = createInternalVerifier(keys.publicKeys, "returns");
  assert.deepEqual(await verify(await sign(ada, "returns")), ada);
  const otto = createCaller({ ...ada, id: "otto", roles: ["operations"], companies: "*" });
  assert.deepEqual(await verify(await sign(otto, "returns")), otto);
  assert.equal(seesCompany(otto, "EU03"), true);
  assert.equal(seesCompany(ada, "EU03"), false);
});

test("an internal token for another subgraph, of another key or without signature is refused (G-19)", async () => {
  const keys = await createInternalKeys();
  const sign = await createInternalSigner(keys.privateKey);
  const verify = createInternalVerifier(keys.publicKeys, "returns");
  await assert.rejects(verify(await sign(ada, "orders")));
  const stranger = await createInternalSigner((await createInternalKeys()).privateKey);
  await assert.rejects(verify(await stranger(ada, "returns")));
  const secret = new TextEncoder().encode("a secret of thirty-two bytes, long");
  await assert.rejects(verify(await new SignJWT({ ...ada }).setProtectedHeader({ alg: "HS256" }).sign(secret)));
});

test("one token serves one caller and subgraph for a while, never another caller (G-19)", async () => {
  const sign = await createInternalSigner((await createInternalKeys()).privateKey);
  assert.equal(await sign(ada, "returns"), await sign({ ...ada }, "returns"));
  assert.notEqual(await sign(ada, "returns"), await sign({ ...ada, id: "sam" }, "returns"));
});

test("the view is the same whatever the order of roles and companies, and does not name the person (G-20)", () => {
  assert.equal(createCaller({ ...ada, id: "eve", companies: ["CA02", "US01"] }).view, ada.view);
  assert.notEqual(createCaller({ ...ada, companies: ["US01"] }).view, ada.view);
  assert.notEqual(createCaller({ ...ada, sites: ["CHI1"] }).view, ada.view);
  assert.deepEqual([viewCaller(ada).id, viewCaller(ada).view], ["gateway", ada.view]);
});

test("a partner's rows reach the subgraph and make views of their own (D-40, G-20, SE-08)", async () => {
  const rows = { kind: "supplier", customers: null, channels: null, items: ["GEN-8100", "CSG-710"] } as const;
  const claims = { ...ada, kind: "PARTNER", roles: [], partner: "supplyco", rows } as const;
  const supplyco = createCaller(claims);
  const keys = await createInternalKeys();
  const sign = await createInternalSigner(keys.privateKey);
  const verify = createInternalVerifier(keys.publicKeys, "returns");
  assert.deepEqual((await verify(await sign(supplyco, "returns"))).rows, rows);
  assert.equal(createCaller({ ...claims, rows: { ...rows, items: ["CSG-710", "GEN-8100"] } }).view, supplyco.view);
  assert.notEqual(createCaller({ ...claims, rows: { ...rows, items: [] } }).view, supplyco.view);
  assert.notEqual(createCaller({ ...claims, rows: { ...rows, items: null } }).view, supplyco.view);
});
