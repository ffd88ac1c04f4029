import type { PostalAddress } from "#adapters/carrier/port.ts";
import type { AskedAddition } from "#orchestration/adding-lines.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import { checkCode, checkNumber, checkQuantity, checkText } from "../kit/checks.ts";
import { checkException, checkLine, plainLine } from "./requested.ts";
import type { AddressInput, AmendReturnInput, AmendReturnLineInput } from "./types.generated.ts";

/** What is wrong with an amendment by itself, every mistake with its field. */
export const checkAmendment = ({ lines, addLines, address, note }: AmendReturnInput): UserError[] => [
  ...checkText(note, ["note"]),
  ...(lines ?? []).flatMap((line, i) => checkChange(line, ["lines", String(i)])),
  ...twice(lines ?? []),
  ...(addLines ?? []).flatMap((line, i) => checkLine(line, ["addLines", String(i)])),
  ...(address ? checkAddress(address) : []),
  ...checkException({ lines: addLines ?? [], note: note ?? null }),
];

/** Each with an id of its own from now on. */
export const addedLines = ({ addLines }: AmendReturnInput): AskedAddition[] =>
  (addLines ?? []).map((line) => ({
    ...plainLine(line),
    lineId: newId("rln"),
    resolution: line.resolution ?? null,
  }));

/** As a carrier is told it. */
export const postalAddress = ({
  name,
  line1,
  line2,
  city,
  region,
  postalCode,
  country,
}: AddressInput): PostalAddress => ({
  name: trimmed(name),
  line1: line1.trim(),
  line2: trimmed(line2),
  city: city.trim(),
  region: trimmed(region),
  postalCode: postalCode.trim(),
  country,
});
const trimmed = (text: string | null | undefined): string | null => text?.trim() || null;

const checkAddress = ({ name, line1, line2, city, region, postalCode, country }: AddressInput): UserError[] => [
  ...Object.entries({ line1, city, postalCode }).flatMap(([field, text]) => checkNumber(text, ["address", field])),
  ...Object.entries({ name, line2, region }).flatMap(([field, text]) =>
    checkText(text, ["address", field], { most: 100 }),
  ),
  ...(/^[A-Z]{2}$/.test(country)
    ? []
    : [refuse("INVALID_INPUT", "A country is two capital letters, such as US.", ["address", "country"])]),
];

const checkChange = ({ quantity, reasonCode }: AmendReturnLineInput, at: string[]): UserError[] => [
  ...(quantity && !isNothing(quantity) ? checkQuantity(quantity, [...at, "quantity"]) : []),
  ...(quantity && isNothing(quantity) ? checkCode("units", quantity.unit, [...at, "quantity", "unit"]) : []),
  ...checkCode("reasons", reasonCode, [...at, "reasonCode"]),
];

/** Nothing of the line is to come back: it is dropped. */
const isNothing = ({ value }: { value: string }): boolean => typeof value === "string" && /^0+(\.0*)?$/.test(value);

const twice = (lines: readonly AmendReturnLineInput[]): UserError[] =>
  lines.flatMap(({ id }, i) =>
    lines.findIndex((line) => line.id === id) < i
      ? [refuse("INVALID_INPUT", "This line is named twice.", ["lines", String(i), "id"])]
      : [],
  );
