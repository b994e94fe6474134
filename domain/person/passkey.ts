// Passkeys (WebAuthn): kept by the device, opened there by finger, face or PIN, and good for this portal's name only. One is
// a whole sign-in, and a second factor behind a password. Each challenge is signed once.
import {
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from "@simplewebauthn/server";
import { isIpAddress } from "@/domain/configured";
import { plain } from "@/domain/message/plain";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";

/** The portal as authenticators know it. */
export interface RelyingParty {
  id: string;
  origin: string;
}

/** Null where people open the portal by an address: passkeys belong to a name. */
export function relyingPartyOf(url: string): RelyingParty | null {
  const { hostname, origin } = new URL(url);
  return isIpAddress(hostname) ? null : { id: hostname, origin };
}

export interface OwnPasskey {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

export async function listPasskeys(db: Db, personId: string): Promise<OwnPasskey[]> {
  const { rows } = await db.pool.query<OwnPasskey>(
    `select id, name, created_at as "createdAt", last_used_at as "lastUsedAt" from passkey
     where person_id = $1::uuid order by created_at, id`,
    [personId],
  );
  return rows;
}

type Purpose = "add" | "sign-in" | "second-factor" | "prove";
const minutes = 5;

/** Remembers a challenge for one answer. */
async function remember(db: Db, challenge: string, purpose: Purpose, personId: string | null, now: Date) {
  await db.pool.query(
    `insert into passkey_challenge (challenge, purpose, person_id, expires_at)
     values ($1, $2, $3::uuid, $4::timestamptz + make_interval(mins => $5))`,
    [challenge, purpose, personId, now, minutes],
  );
}

/** Takes a challenge back, once; false for one that is not ours, was answered, is too old or somebody else's. */
async function takeBack(db: Db, challenge: string, purpose: Purpose, personId: string | null, now: Date) {
  const { rowCount } = await db.pool.query(
    `delete from passkey_challenge where challenge = $1 and purpose = $2 and person_id is not distinct from $3::uuid
       and expires_at > $4`,
    [challenge, purpose, personId, now],
  );
  return rowCount === 1;
}

async function credentialsOf(db: Db, personId: string) {
  const { rows } = await db.pool.query<{ id: string; transports: AuthenticatorTransport[] }>(
    "select credential_id as id, transports from passkey where person_id = $1::uuid",
    [personId],
  );
  return rows;
}

export async function offerPasskey(
  db: Db,
  party: RelyingParty,
  person: { personId: string; email: string; name: string },
  now: Date,
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const options = await generateRegistrationOptions({
    rpName: "Mailferry",
    rpID: party.id,
    userName: person.email,
    userDisplayName: person.name,
    userID: new TextEncoder().encode(person.personId),
    attestationType: "none",
    excludeCredentials: await credentialsOf(db, person.personId),
    authenticatorSelection: { residentKey: "required", userVerification: "required" },
  });
  await remember(db, options.challenge, "add", person.personId, now);
  return options;
}

const notTaken = "The passkey was not taken. Try again; if it stays so, remove it from the device and add it anew.";

/** Checks what the device made. The caller stores it with `storePasskey`. */
export async function checkNewPasskey(
  db: Db,
  party: RelyingParty,
  personId: string,
  response: RegistrationResponseJSON,
  now: Date,
) {
  const verified = await verifyRegistrationResponse({
    response,
    expectedChallenge: (challenge) => takeBack(db, challenge, "add", personId, now),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    requireUserVerification: true,
  }).catch(() => null);
  if (!verified?.verified) throw new Refusal(notTaken);
  return verified.registrationInfo.credential;
}

/** What a name is stored as. */
export const passkeyName = (text: string): string => plain(text, 60) || "Passkey";

/** For somebody who is known (second factor, proving again), or for a sign-in of whoever it turns out to be. */
export async function askPasskey(
  db: Db,
  party: RelyingParty,
  purpose: Exclude<Purpose, "add">,
  personId: string | null,
  now: Date,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const options = await generateAuthenticationOptions({
    rpID: party.id,
    userVerification: "required",
    ...(personId ? { allowCredentials: await credentialsOf(db, personId) } : {}),
  });
  await remember(db, options.challenge, purpose, personId, now);
  return options;
}

/** Whose passkey it is. `personId` null: whoever's. Throws Refusal, with one sentence for all that can be wrong. */
export async function takePasskey(
  db: Db,
  party: RelyingParty,
  purpose: Exclude<Purpose, "add">,
  personId: string | null,
  response: AuthenticationResponseJSON,
  now: Date,
): Promise<string> {
  const { rows } = await db.pool.query<{ id: string; person_id: string; public_key: Uint8Array; counter: string }>(
    `select k.id, k.person_id, k.public_key, k.counter::text from passkey k
     join person p on p.id = k.person_id and p.disabled_at is null
     where k.credential_id = $1 and ($2::uuid is null or k.person_id = $2::uuid)`,
    [response.id, personId],
  );
  const row = rows[0];
  if (!row) throw new Refusal(unknownPasskey);
  const verified = await verifyAuthenticationResponse({
    response,
    expectedChallenge: (challenge) => takeBack(db, challenge, purpose, personId, now),
    expectedOrigin: party.origin,
    expectedRPID: party.id,
    credential: { id: response.id, publicKey: new Uint8Array(row.public_key), counter: Number(row.counter) },
    requireUserVerification: true,
  }).catch(() => null);
  if (!verified?.verified) throw new Refusal(unknownPasskey);
  await db.pool.query("update passkey set counter = $2::bigint, last_used_at = $3 where id = $1::uuid", [
    row.id,
    verified.authenticationInfo.newCounter,
    now,
  ]);
  return row.person_id;
}

const unknownPasskey = "This passkey opens nothing here. Sign in with your password, or take another passkey.";
