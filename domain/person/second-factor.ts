// A person's second factors: what they have, how one is added and taken away. With the first come recovery codes; with the
// last they go. Whose role needs one keeps one.
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { type Sql, sqlOf, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { OwnKey } from "@/lib/seal";
import { askPasskey, checkNewPasskey, passkeyName, type RelyingParty, takePasskey } from "./passkey";
import { makeRecoveryCodes, recoveryCodeIn, takeRecoveryCode } from "./recovery";
import { beginSession, type Person, type Visitor } from "./session";
import { addressKey, addressRule, countTry, forgetTries, returnTry, waitWords } from "./throttle";
import { type NewTotp, noCode, offerTotp, takeCode } from "./totp";

export interface Added {
  /** shown once; null where the person has some already */
  recoveryCodes: string[] | null;
}

export async function offerApp(db: Db, key: OwnKey, person: Person): Promise<NewTotp> {
  if (person.factors.code) throw new Refusal("An authenticator app is set up already. Remove it first.");
  return sqlTransaction(db.pool, (sql) => offerTotp(sql, key, person));
}

/** The app counts from its first right code on; its recovery codes come in the same transaction. */
export async function addApp(
  db: Db,
  key: OwnKey,
  session: { person: Person; token: string },
  code: string,
  visitor: Visitor,
  now: Date,
): Promise<Added> {
  const { person, token } = session;
  return slowed(db, person.personId, visitor, now, () =>
    sqlTransaction(db.pool, async (sql) => {
      await lockPerson(sql, person.personId);
      const verdict = await takeCode(sql, key, token, code, now, true);
      if (verdict !== "right") throw noCode(verdict);
      return added(sql, person, "an authenticator app");
    }),
  );
}

export async function addPasskey(
  db: Db,
  party: RelyingParty,
  person: Person,
  given: { name: string; response: RegistrationResponseJSON },
  now: Date,
): Promise<Added> {
  const credential = await checkNewPasskey(db, party, person.personId, given.response, now);
  const name = passkeyName(given.name);
  return sqlTransaction(db.pool, async (sql) => {
    const made = await sql.query(
      `insert into passkey (person_id, credential_id, public_key, counter, transports, name)
       values ($1::uuid, $2, $3::bytea, $4::bigint, $5::text[], $6) on conflict (credential_id) do nothing returning id`,
      [
        person.personId,
        credential.id,
        Buffer.from(credential.publicKey),
        credential.counter,
        (credential.transports ?? []).map((one) => one.slice(0, 20)).slice(0, 10),
        name,
      ],
    );
    if (made.length === 0) throw new Refusal("This passkey is known already. Take another device, or remove it first.");
    return added(sql, person, `the passkey “${name}”`);
  });
}

async function added(sql: Sql, person: Person, what: string): Promise<Added> {
  await lockPerson(sql, person.personId);
  const left = await sql.query("select 1 from recovery_code where person_id = $1::uuid and used_at is null limit 1", [
    person.personId,
  ]);
  const recoveryCodes = left.length > 0 ? null : await makeRecoveryCodes(sql, person.personId);
  await audit(sql, person, "person.second-factor-add", what);
  return { recoveryCodes };
}

/** New ones, in place of all older ones. */
export const renewRecoveryCodes = (db: Db, person: Person): Promise<string[]> =>
  sqlTransaction(db.pool, async (sql) => {
    await lockPerson(sql, person.personId);
    if (!person.factors.code && person.factors.passkeys === 0)
      throw new Refusal("There is no second factor yet, so recovery codes would open nothing. Add one first.");
    await audit(sql, person, "person.recovery-codes", "");
    return makeRecoveryCodes(sql, person.personId);
  });

export type Removal = { what: "app" } | { what: "passkey"; id: string };

export function removeFactor(db: Db, person: Person, removal: Removal): Promise<void> {
  const { personId } = person;
  return sqlTransaction(db.pool, async (sql) => {
    await lockPerson(sql, personId);
    const gone =
      removal.what === "app"
        ? await sql.query<{ name: string }>(
            "delete from totp where person_id = $1::uuid returning 'the authenticator app' as name",
            [personId],
          )
        : await sql.query<{ name: string }>(
            `delete from passkey where person_id = $1::uuid and id = $2::uuid
             returning 'the passkey “' || name || '”' as name`,
            [personId, removal.id],
          );
    const [first] = gone;
    if (!first) throw new Refusal("It is gone already. Reload the page.");
    const [left] = await sql.query<{ any: boolean; needed: boolean }>(
      "select any_left as any, needed from portal_factors_left($1::uuid)",
      [personId],
    );
    if (left?.needed && !left.any)
      throw new Refusal(
        "Your role or a company of yours needs a second factor. Add another one, then remove this one.",
      );
    if (!left?.any) await sql.query("delete from recovery_code where person_id = $1::uuid", [personId]);
    await audit(sql, person, "person.second-factor-remove", first.name);
  });
}

export type FactorProof = { by: "code"; code: string } | { by: "passkey"; response: AuthenticationResponseJSON };

export interface Proving {
  personId: string;
  /** of the session, or of the sign-in that waits */
  token: string;
  purpose: "second-factor" | "prove";
}

/** Checks a second factor; answers what it was. Throws Refusal. */
export async function proveFactor(
  db: Db,
  own: { key: OwnKey; party: RelyingParty | null },
  { personId, token, purpose }: Proving,
  proof: FactorProof,
  visitor: Visitor,
  now: Date,
): Promise<"code" | "recovery" | "passkey"> {
  if (proof.by === "passkey") {
    if (!own.party) throw new Refusal("Passkeys need a portal with a name. Take a code instead.");
    await takePasskey(db, own.party, purpose, personId, proof.response, now);
    return "passkey";
  }
  return slowed(db, personId, visitor, now, async () => {
    const recovery = recoveryCodeIn(proof.code);
    if (recovery) {
      if (await takeRecoveryCode(db, personId, recovery, now)) return "recovery";
      throw new Refusal("One field needs a change. Nothing was done.", {
        code: "This recovery code was used already or is none of yours. Take another.",
      });
    }
    const verdict = await takeCode(sqlOf(db.pool), own.key, token, proof.code, now);
    if (verdict !== "right") throw noCode(verdict);
    return "code";
  });
}

/** The question for a sign-in without e-mail and password. Anybody may ask, so it counts for itself: no password waits for it. */
export async function askForSignIn(db: Db, party: RelyingParty, visitor: Visitor, now: Date) {
  await counted(db, questionKey(visitor), now);
  return askPasskey(db, party, "sign-in", null, now);
}

/** A passkey alone is a whole sign-in: something one has, opened by finger, face or PIN. */
export async function signInByPasskey(
  db: Db,
  party: RelyingParty,
  response: AuthenticationResponseJSON,
  visitor: Visitor,
  now: Date,
): Promise<string> {
  const address = addressKey(visitor.address);
  await counted(db, address, now);
  const personId = await takePasskey(db, party, "sign-in", null, response, now);
  for (const key of [address, questionKey(visitor)]) await returnTry(db, key);
  return beginSession(db, personId, visitor, now, "passkey");
}

const questionKey = (visitor: Visitor) => `passkey:${addressKey(visitor.address)}`;

async function counted(db: Db, key: string, now: Date): Promise<void> {
  const until = await countTry(db, key, addressRule, now);
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
}

/** A million codes, three of them right: tries are slowed down, per person and place. */
const codeRule = { free: 5, longest: 300 };

async function slowed<T>(db: Db, personId: string, visitor: Visitor, now: Date, work: () => Promise<T>): Promise<T> {
  const address = addressKey(visitor.address);
  const { rows } = await db.pool.query<{ known: boolean }>(
    `select exists (select 1 from session where person_id = $1::uuid and address = $2
       and created_at > $3::timestamptz - interval '30 days') as known`,
    [personId, address, now],
  );
  // Where they signed in before, others' tries don't keep them out.
  const key = `code:${personId}${rows[0]?.known ? `@${address}` : ""}`;
  const until = await countTry(db, key, codeRule, now);
  if (until) throw new Refusal(`Too many tries. Try again ${waitWords(until, now)}.`);
  const result = await work();
  await forgetTries(db, key);
  return result;
}

const lockPerson = (sql: Sql, personId: string) =>
  sql.query("select 1 from person where id = $1::uuid for update", [personId]);

const audit = (sql: Sql, person: Person, action: string, what: string) =>
  sql.query("insert into platform_audit (person_id, who, action, target, changes) values ($1::uuid, $2, $3, $4, $5)", [
    person.personId,
    person.name,
    action,
    person.email,
    JSON.stringify(what ? { factor: what } : {}),
  ]);
