import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { readDocumentFolder } from "#gateway/partners/bundle-documents.ts";
import type { KnownDocument } from "./schema-check.ts";

/** The contract's copy: one folder for each kind of client. */
export function contractDocuments(root: string): KnownDocument[] {
  const folder = path.join(root, "test/contract/documents");
  return globSync("*/*.graphql", { cwd: folder })
    .toSorted()
    .map((file) => ({
      client: path.dirname(file),
      name: path.basename(file, ".graphql"),
      source: readFileSync(path.join(folder, file), "utf8"),
    }));
}

/** What clients registered with us (`gateway/documents`). */
export async function registeredDocuments(root: string): Promise<KnownDocument[]> {
  const documents = await readDocumentFolder(path.join(root, "gateway/documents"), "gateway/documents");
  return documents.map(({ file, member, id, source }) => ({ client: file, name: member ?? id, source }));
}

/** What our own tools and the explorer send: every string in them that begins like an operation. */
export function ownDocuments(root: string): KnownDocument[] {
  const files = globSync(["tools/**/*.ts", "gateway/doors/explorer/page.js"], { cwd: root });
  const ours = files.filter((file) => !file.endsWith(".test.ts")).toSorted();
  return ours.flatMap((file) => documentsIn(file, readFileSync(path.join(root, file), "utf8")));
}

function documentsIn(client: string, text: string): KnownDocument[] {
  const literal =
    /"(?<plain>(?:query|mutation|subscription) [^"\n]*)"|`(?<template>(?:\s|#[^\n]*\n)*(?:query|mutation|subscription) [^`$]*(?:\$\w[^`$]*)*)`/g;
  return [...text.matchAll(literal)].map(({ groups = {} }) => {
    const source = groups["plain"]?.replaceAll(/\\(.)/g, "$1") ?? groups["template"] ?? "";
    return { client, name: /^\s*(?:query|mutation|subscription) (\w+)/m.exec(source)?.[1] ?? "an operation", source };
  });
}
