import assert from "node:assert/strict";
import { test } from "node:test";
import { createCaller } from "#shared/caller.ts";
import { metrics } from "#shared/telemetry.ts";
import { partnerCaller } from "../access/partner-caller.ts";
import { partnerInUse } from "../../test/gateway/partner-bundles.ts";
import { indexDocuments } from "./index-documents.ts";
import { createTrustedDocuments } from "./trusted-documents.ts";

const document = { id: "list", source: "{ list }", file: "documents/app.json", member: "list" };
const documents = indexDocuments([document]);
const trusted = createTrustedDocuments({
  documents: (id) => ({ find: (documentId) => (id === "usage-test" ? documents.get(documentId) : undefined) }),
});
const appOf = (id: string) => partnerCaller(partnerInUse({ id }).partner, { client: "app", scope: [] });
const person = createCaller({
  ...{ kind: "PERSON", id: "ada", name: "Ada", roles: ["service"], companies: "*", sites: null, partner: null },
  ...{ scope: [], client: "person:x:ada" },
});

test("a partner finds its own documents only; people have none", () => {
  assert.equal(trusted.find(appOf("usage-test"), "list"), document);
  assert.equal(trusted.find(appOf("someone-else"), "list"), undefined);
  assert.equal(trusted.find(person, "list"), undefined);
});

test("uses are counted by partner and registered id, whichever id was sent; unknown ids are not (PE-09)", async () => {
  const count = async () =>
    Number(/partner="usage-test",document="list"} (\d+)/.exec(await metrics.metrics())?.[1] ?? 0);
  const before = await count();
  const hashed = [...documents.keys()].find((id) => id.startsWith("sha256:")) ?? "";
  for (const id of ["list", hashed, "made-up"]) trusted.find(appOf("usage-test"), id);
  assert.equal((await count()) - before, 2);
  assert.doesNotMatch(await metrics.metrics(), /made-up/);
});
