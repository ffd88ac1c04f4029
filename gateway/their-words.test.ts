import assert from "node:assert/strict";
import { test } from "node:test";
import type { GraphQLFormattedError } from "graphql";
import { createSilentLog } from "#shared/log.ts";
import { inOurWords } from "./their-words.ts";

test("a path of somebody else's error is names and indices, or it is none (G-15)", () => {
  const pathOf = (path: unknown) => {
    const theirs = { message: "db7.internal", path, extensions: { code: "FORBIDDEN" } } as GraphQLFormattedError;
    return inOurWords([theirs], "products", createSilentLog())[0]?.path;
  };
  assert.deepEqual(pathOf(["product", 0, "_name"]), ["product", 0, "_name"]);
  for (const wrong of ["product", ["db7.internal"], [["product"]], [{}], [null], {}, null])
    assert.equal(pathOf(wrong), undefined);
});
