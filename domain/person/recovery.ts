// Recovery codes: for who lost the phone. Ten of 78 bits, shown once, each good once; the database holds their hashes.
import type { Sql } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { hashOf, newCode } from "./token";

export const recoveryCount = 10;

/** Makes new ones; the older ones are good for nothing any more. */
export async function makeRecoveryCodes(sql: Sql, personId: string): Promise<string[]> {
  const codes = Array.from({ length: recoveryCount }, newCode);
  await sql.query("delete from recovery_code where person_id = $1::uuid", [personId]);
  await sql.query("insert into recovery_code (person_id, code_hash) select $1::uuid, h from unnest($2::bytea[]) h", [
    personId,
    codes.map(hashOf),
  ]);
  return codes;
}

/** Typed in small letters or without dashes it is the same code; null for what can be none. */
export function recoveryCodeIn(text: string): string | null {
  const signs = text.toUpperCase().replace(/[\s-]/g, "");
  return /^[A-HJKMNP-Z2-9]{16}$/.test(signs) ? signs.replace(/(.{4})(?=.)/g, "$1-") : null;
}

/** Uses one up, in one statement: of two who give the same one at once one is refused. */
export async function takeRecoveryCode(db: Db, personId: string, code: string, now: Date): Promise<boolean> {
  const { rowCount } = await db.pool.query(
    "update recovery_code set used_at = $3 where person_id = $1::uuid and code_hash = $2 and used_at is null",
    [personId, hashOf(code), now],
  );
  return rowCount === 1;
}
