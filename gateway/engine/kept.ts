/** A bounded memory of what was used lately. */
export type Kept<Value> = {
  readonly get: (key: string) => Value | undefined;
  readonly set: (key: string, value: Value) => Value;
  /** All of them, those in use first; looking at them uses none. */
  readonly values: () => readonly Value[];
};

/** Keeps at least the `limit` entries used last and at most twice as many: two generations, so that a hit costs one look-up. */
export function createKept<Value>(limit: number): Kept<Value> {
  let young = new Map<string, Value>();
  let old = new Map<string, Value>();
  const set = (key: string, value: Value): Value => {
    if (young.size >= limit) {
      old = young;
      young = new Map();
    }
    young.set(key, value);
    return value;
  };
  return {
    set,
    get: (key) => {
      const value = young.get(key);
      if (value !== undefined) return value;
      const aged = old.get(key);
      return aged === undefined ? undefined : set(key, aged);
    },
    values: () => [...new Set([...young.values(), ...old.values()])],
  };
}
