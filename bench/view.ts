import type { Row } from "./main.ts";
export async function benchView(): Promise<Row[]> {
  return [];
}
