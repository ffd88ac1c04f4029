/** Entries in the order of their days, numbered from 1 in each company. */
export function numbered<T extends { company: string; postedOn: string }>(
  entries: T[],
): (T & { entryNumber: number })[] {
  const next = new Map<string, number>();
  return entries
    .toSorted((a, b) => (a.postedOn < b.postedOn ? -1 : a.postedOn > b.postedOn ? 1 : 0))
    .map((entry) => {
      const entryNumber = (next.get(entry.company) ?? 0) + 1;
      next.set(entry.company, entryNumber);
      return { ...entry, entryNumber };
    });
}
