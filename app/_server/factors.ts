// What the portal needs for second factors: its own key, and its name as passkeys know it.
import { type RelyingParty, relyingPartyOf } from "@/domain/person/passkey";
import { webEnv } from "@/lib/env";
import { Refusal } from "@/lib/errors";
import { type OwnKey, ownKeyOf } from "@/lib/seal";
import { authSecret } from "./auth";

let key: Promise<OwnKey> | undefined;

export function ownKey(): Promise<OwnKey> {
  key ??= ownKeyOf(authSecret());
  return key;
}

export const relyingParty = (): RelyingParty | null => relyingPartyOf(webEnv().url);

export function passkeyParty(): RelyingParty {
  const party = relyingParty();
  if (!party) throw new Refusal("Passkeys belong to a name: open Mailferry by one, and set MAILFERRY_URL to it.");
  return party;
}
