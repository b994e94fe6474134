// Codes of an authenticator app (RFC 6238: SHA-1, 6 digits, 30 seconds, which all apps know). A code is taken once, and none
// older than one that was taken. The secret is sealed to the portal's own key and can be read by no role: the database gives
// one person's to whoever holds a token of theirs (docs/decisions/0035).
import { Secret, TOTP } from "otpauth";
import { encode } from "uqr";
import type { Sql } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { type OwnKey, type SealContext, seal } from "@/lib/seal";
import { hashOf } from "./token";

const period = 30;
const contextOf = (personId: string): SealContext => ({ tenantId: "platform", rowId: personId, field: "totp" });

export interface NewTotp {
  /** to type where no picture can be taken */
  secret: string;
  uri: string;
  /** the picture's dark squares: a path in a square of this size */
  qr: { size: number; path: string };
}

/** Makes a secret that waits for its first code; an older one that waits is forgotten. */
export async function offerTotp(sql: Sql, key: OwnKey, person: { personId: string; email: string }): Promise<NewTotp> {
  const secret = new Secret({ size: 20 });
  const sealed = await seal(key, secret.base32, contextOf(person.personId));
  await sql.query("delete from totp where person_id = $1::uuid and confirmed_at is null", [person.personId]);
  // No RETURNING and no upsert: both would need a right to read the secret.
  await sql.query(
    "insert into totp (person_id, key_id, sealed) values ($1::uuid, $2, $3::bytea) on conflict do nothing",
    [person.personId, key.keyId, sealed],
  );
  const uri = new TOTP({ issuer: "Mailferry", label: person.email, secret, period }).toString();
  return { secret: secret.base32.replace(/(.{4})(?=.)/g, "$1 "), uri, qr: pictureOf(uri) };
}

function pictureOf(text: string): NewTotp["qr"] {
  const { size, data } = encode(text, { ecc: "M", border: 2 });
  const squares = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return { size, path: squares.join("") };
}

export type CodeVerdict = "right" | "wrong" | "used" | "unreadable" | "none";

/**
 * Takes a code. `token`: of the person's session, or of their sign-in that waits. The step goes forward in one statement, so
 * that of two who give the same code at once one is refused.
 */
export async function takeCode(
  sql: Sql,
  key: OwnKey,
  token: string,
  code: string,
  now: Date,
  confirming = false,
): Promise<CodeVerdict> {
  const [row] = await sql.query<{ person_id: string; key_id: string; sealed: Uint8Array; confirmed: boolean }>(
    "select * from portal_totp($1)",
    [hashOf(token)],
  );
  if (!row || row.confirmed === confirming) return "none";
  const secret = await key.open(row.key_id, row.sealed, contextOf(row.person_id));
  if (secret === null) return "unreadable";
  const delta = new TOTP({ secret: Secret.fromBase32(secret), period }).validate({
    token: code.replace(/\s/g, ""),
    timestamp: now.getTime(),
    window: 1,
  });
  if (delta === null) return "wrong";
  const step = Math.floor(now.getTime() / (period * 1000)) + delta;
  const taken = await sql.query(
    `update totp set last_step = $2::bigint, last_used_at = $3::timestamptz, confirmed_at = coalesce(confirmed_at, $3)
     where person_id = $1::uuid and last_step < $2::bigint returning 1`,
    [row.person_id, step, now],
  );
  return taken.length > 0 ? "right" : "used";
}

/** What the person reads of a code that wasn't taken. */
export function codeFault(verdict: Exclude<CodeVerdict, "right">): string {
  switch (verdict) {
    case "wrong":
      return "This is not the code that the app shows now. Check that the phone’s clock is right.";
    case "used":
      return "This code was used already. Wait for the app’s next one.";
    case "unreadable":
      return "The portal’s secret changed, so codes can’t be checked any more. Take a recovery code or a passkey.";
    case "none":
      return "No authenticator app is set up. Reload the page.";
  }
}

export const noCode = (verdict: Exclude<CodeVerdict, "right">) =>
  new Refusal("One field needs a change. Nothing was done.", { code: codeFault(verdict) });
