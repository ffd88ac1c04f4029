import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Db } from "#shared/database.ts";
import { coded } from "#shared/errors.ts";

/** A place in a stream of an epoch: everything up to `seq` has been seen. */
export type Position = { stream: string; epoch: string; seq: number };
export type Cursors = {
  /** `sealed`: nobody but us can tell the number, or whether two cursors are of one place (G-13). */
  write(position: Position, sealed?: boolean): string;
  read(cursor: string, stream: string): Position;
};

/** Cursors are signed: one that was forged, or is of another stream, is CURSOR_INVALID (W-24). `secret` is base64. */
export function createCursors(secret: string): Cursors {
  const key = Buffer.from(secret, "base64");
  const sign = (text: string) => createHmac("sha256", key).update(text).digest().subarray(0, 16);
  const signed = (cursor: string): string | null => {
    const [body = "", signature = ""] = cursor.split(".");
    const [given, right] = [Buffer.from(signature, "base64url"), sign(body)];
    return given.length === right.length && timingSafeEqual(given, right)
      ? Buffer.from(body, "base64url").toString()
      : null;
  };
  const seal = createSeal(createHmac("sha256", key).update("sealed cursors").digest());
  return {
    write: ({ stream, epoch, seq }, sealed = false) => {
      if (sealed) return seal.close(JSON.stringify([stream, epoch, String(seq).padStart(SEQ_DIGITS, "0")]));
      const body = Buffer.from(JSON.stringify([stream, epoch, seq])).toString("base64url");
      return `${body}.${sign(body).toString("base64url")}`;
    },
    read: (cursor, stream) => {
      const text = cursor.length > 500 ? null : cursor.includes(".") ? signed(cursor) : seal.open(cursor);
      if (text === null) throw coded("CURSOR_INVALID", { field: "after" });
      const [of, epoch, seq] = JSON.parse(text) as [string, string, number | string];
      if (of !== stream) throw coded("CURSOR_INVALID", { field: "after" });
      return { stream, epoch, seq: Number(seq) };
    },
  };
}

/** As long for the first number as for the last that a double holds. */
const SEQ_DIGITS = 16;
const [IV, TAG] = [12, 16];

/** Encrypted and authenticated; `open` gives null for what is not sealed with this key. */
function createSeal(key: Buffer) {
  return {
    close: (text: string): string => {
      const iv = randomBytes(IV);
      const cipher = createCipheriv("aes-256-gcm", key, iv);
      const closed = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), closed]).toString("base64url");
    },
    open: (sealed: string): string | null => {
      const bytes = Buffer.from(sealed, "base64url");
      if (bytes.length <= IV + TAG) return null;
      const decipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, IV), { authTagLength: TAG });
      decipher.setAuthTag(bytes.subarray(IV, IV + TAG));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(IV + TAG)), decipher.final()]).toString("utf8");
      } catch {
        return null; // forged, or another secret's
      }
    },
  };
}

/** The secret that all processes sign with: the one given, or the one that the database keeps, made once. */
export async function cursorSecret(db: Db, given: string | undefined): Promise<string> {
  if (given !== undefined) return given;
  const made = JSON.stringify(randomBytes(32).toString("base64"));
  await db
    .insertInto("settings")
    .values({ key: "cursor_secret", value: made })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const row = await db
    .selectFrom("settings")
    .select("value")
    .where("key", "=", "cursor_secret")
    .executeTakeFirstOrThrow();
  return row.value as string;
}
