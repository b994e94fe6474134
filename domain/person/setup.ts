// The first administrator: made by whoever can read the terminal where Mailferry was started, and only while there is none.
import { sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { hashPassword, passwordFault } from "./password";
import { email as emailSchema } from "./schema";
import { beginSession, type Visitor } from "./session";
import { addressKey, countTry, waitWords } from "./throttle";
import { hashOf, newCode, sameHash } from "./token";

const codeKey = "setup-code";

export async function hasAdministrator(db: Db): Promise<boolean> {
  const { rows } = await db.pool.query("select 1 from person where platform_role = 'admin' limit 1");
  return rows.length > 0;
}

/** A new one-time code for the terminal, in place of any older one; null when there is an administrator already. */
export async function makeSetupCode(db: Db): Promise<string | null> {
  if (await hasAdministrator(db)) return null;
  const code = newCode();
  await db.pool.query(
    `insert into platform_setting (key, value) values ($1, to_jsonb($2::text))
     on conflict (key) do update set value = excluded.value, updated_at = now()`,
    [codeKey, hashOf(code).toString("hex")],
  );
  return code;
}

/** Takes the code, makes the administrator and signs them in. Returns the session's token. */
export async function createFirstAdministrator(
  db: Db,
  given: { code: string; email: string; name: string; password: string },
  visitor: Visitor,
  now: Date,
): Promise<string> {
  const until = await countTry(db, `setup:${addressKey(visitor.address)}`, { free: 10, longest: 300 }, now);
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
  const fault = passwordFault(given.password, given);
  if (fault) throw new Refusal("One field needs a change. Nothing was saved.", { password: fault });
  const passwordHash = await hashPassword(given.password);
  const id = await sqlTransaction(db.pool, async (sql) => {
    // The row lock lets one of two people through; the other then finds no code.
    const [row] = await sql.query<{ value: unknown }>("select value from platform_setting where key = $1 for update", [
      codeKey,
    ]);
    const taken = await sql.query("select 1 from person where platform_role = 'admin' limit 1");
    if (taken.length > 0) throw new Refusal("There is an administrator already. Sign in, or ask them to invite you.");
    const expected = Buffer.from(typeof row?.value === "string" ? row.value : "", "hex");
    if (!sameHash(hashOf(given.code), expected))
      throw new Refusal("One field needs a change. Nothing was saved.", {
        code: "This is not the code. The newest one stands in the terminal; each start of Mailferry prints a new one.",
      });
    const [made] = await sql.query<{ id: string }>(
      `insert into person (email, name, password_hash, platform_role) values ($1, $2, $3, 'admin')
       on conflict (email) do update set name = excluded.name, password_hash = excluded.password_hash,
         password_seen_in = null, platform_role = 'admin', disabled_at = null returning id`,
      [given.email, given.name, passwordHash],
    );
    if (!made) throw new Error("no row came back for the first administrator");
    await sql.query("delete from platform_setting where key = $1", [codeKey]);
    await sql.query("insert into platform_audit (person_id, who, action, target) values ($1, $2, $3, $4)", [
      made.id,
      given.name || given.email,
      "person.first-administrator",
      given.email,
    ]);
    return made.id;
  });
  return beginSession(db, id, visitor, now);
}

/** The administrator of MAILFERRY_ADMIN_EMAIL and …_PASSWORD, made at the first start if there is none. Throws Refusal. */
export async function ensureAdministrator(db: Db, email: string, password: string): Promise<void> {
  if (await hasAdministrator(db)) return;
  const parsed = emailSchema.safeParse(email);
  if (!parsed.success) throw new Refusal(`MAILFERRY_ADMIN_EMAIL is “${email}”, which is no e-mail address.`);
  const fault = passwordFault(password, { email: parsed.data, name: "" });
  if (fault) throw new Refusal(`MAILFERRY_ADMIN_PASSWORD: ${fault}`);
  const passwordHash = await hashPassword(password);
  await sqlTransaction(db.pool, async (sql) => {
    await sql.query(
      `insert into person (email, password_hash, platform_role) values ($1, $2, 'admin')
       on conflict (email) do update set password_hash = excluded.password_hash, password_seen_in = null,
         platform_role = 'admin', disabled_at = null`,
      [parsed.data, passwordHash],
    );
    await sql.query("delete from platform_setting where key = $1", [codeKey]);
    await sql.query(
      "insert into platform_audit (who, action, target) values ('start', 'person.first-administrator', $1)",
      [parsed.data],
    );
  });
}
