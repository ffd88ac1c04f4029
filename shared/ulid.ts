import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const RANDOM_CHARACTERS = 16;
/** Random bytes are drawn for so many ids at once: one draw for every character, as the package does it, takes 50 µs an id. */
const random = new Uint8Array(RANDOM_CHARACTERS * 256);
let used = random.length;
let millisecond = -1;
let time = "";

/** A ULID: 10 characters of time, 16 that are random. Two of one millisecond have no order; ids that need one are `newId`'s. */
export function ulid(now = Date.now()): string {
  if (now !== millisecond) {
    time = timeOf(now);
    millisecond = now;
  }
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  let text = time;
  for (const end = used + RANDOM_CHARACTERS; used < end; used += 1) text += ALPHABET[random[used]! & 31];
  return text;
}

function timeOf(now: number): string {
  let text = "";
  for (let left = now, place = 0; place < 10; place += 1, left = Math.floor(left / 32))
    text = ALPHABET[left % 32] + text;
  return text;
}
