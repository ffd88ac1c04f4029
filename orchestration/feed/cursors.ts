import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Db } from "#shared/database.ts";
import { coded } from "#shared/errors.ts";

/** A place in a stream of an epoch: everything up to `seq` has been seen. */
export type Position = { stream: string; epoch: string; seq: number };
export type Cursors = { write(position: Position): string; read(cursor: string, stream: string): Position };

/** Cursors are signed: one that was forged, or is of another stream, is CURSOR_INVALID (W-24). `secret` is base64. */
export function createCursors(secret: string): Cursors {
  const key = Buffer.from(secret, "base64");
  const sign = (text: string) => createHmac("sha256", key).update(text).digest().subarray(0, 16);
  return {
    write: ({ stream, epoch, seq }) => {
      const body = Buffer.from(JSON.stringify([stream, epoch, seq])).toString("base64url");
      return `${body}.${sign(body).toString("base64url")}`;
    },
    read: (cursor, stream) => {
      const [body = "", signature = ""] = cursor.split(".");
      const given = Buffer.from(signature, "base64url");
      const right = sign(body);
      if (cursor.length > 500 || given.length !== right.length || !timingSafeEqual(given, right))
        throw coded("CURSOR_INVALID", { field: "after" });
      const [of, epoch, seq] = JSON.parse(Buffer.from(body, "base64url").toString()) as [string, string, number];
      if (of !== stream) throw coded("CURSOR_INVALID", { field: "after" });
      return { stream, epoch, seq };
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
