import type { Books } from "./books.ts";
import { blank, type Input } from "./fields.ts";
import type { EntitySet } from "./entity-sets.ts";
import type { Entity } from "./filter.ts";

/** How documents of one kind are written. `before` is null on create; both give the row to save and throw what the ERP refuses. */
export type Family = {
  headers: string;
  lines: string;
  header(books: Books, before: Entity | null, input: Input): Entity;
  line(books: Books, header: Entity, before: Entity | null, input: Input): Entity;
  /** Asked of each line before it, or its header, is deleted. */
  checkRemoval?(line: Entity): void;
  /** After any change of header or lines; saves the header. */
  settle(books: Books, header: Entity): Entity;
};

/** All fields of a set, blank. */
export const blankRow = (set: EntitySet): Record<string, Input[string]> =>
  Object.fromEntries(set.fields.map((field) => [field.name, blank(field)]));
