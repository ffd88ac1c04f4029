/** A string literal of an OData filter: quotes doubled. */
export const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** A GUID for a filter or key; anything else is refused, so that nothing can be smuggled into a URL. */
export function guid(value: string): string {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value))
    throw new TypeError(`${JSON.stringify(value)} is not a GUID`);
  return value;
}

/** `?$filter=…&$expand=…`, each value encoded; without those that are undefined. */
export function query(options: {
  filter?: string | undefined;
  expand?: string | undefined;
  select?: string | undefined;
  orderby?: string | undefined;
}): string {
  const parts = Object.entries(options).flatMap(([name, value]) =>
    value === undefined ? [] : [`$${name}=${encodeURIComponent(value)}`],
  );
  return parts.length ? `?${parts.join("&")}` : "";
}

/** Room for the filter in one URL. */
const longestFilter = 6_000;

/** `field eq 'a' or field eq 'b' …` for many values, in as few filters as URLs have room for. */
export function anyOf(field: string, literals: readonly string[]): string[] {
  const filters: string[] = [];
  let current = "";
  for (const literal of literals) {
    const one = `${field} eq ${literal}`;
    const both = current ? `${current} or ${one}` : one;
    if (current && encodeURIComponent(both).length > longestFilter) {
      filters.push(current);
      current = one;
    } else current = both;
  }
  return current ? [...filters, current] : filters;
}

/** How Business Central keeps a Code: trimmed, upper case. */
export const asCode = (value: string): string => value.trim().toUpperCase();

/** Asked keys by the code that the ERP knows them as; what can't be a code of that length is left out, because no record has it. */
export function askable(values: readonly string[], length = 20): Map<string, string[]> {
  const byCode = new Map<string, string[]>();
  for (const value of new Set(values)) {
    const code = asCode(value);
    // oxlint-disable-next-line no-control-regex
    if (code === "" || code.length > length || /[\u0000-\u001f\u007f]/.test(code)) continue;
    byCode.set(code, [...(byCode.get(code) ?? []), value]);
  }
  return byCode;
}

/** Option values come with what is no name character encoded: `Positive_x0020_Adjmt.` */
export const decodeOption = (value: string): string =>
  value.replace(/_x([0-9A-Fa-f]{4})_/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
