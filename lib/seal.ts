// Sealing: HPKE (RFC 9180) with X25519, HKDF-SHA256 and AES-256-GCM. The portal holds public keys and can seal; only the
// worker and the command line hold the private key and can open. Tenant, row and field are bound in as context.
import { createHash, hkdfSync } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { Refusal } from "./errors";

const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });

/** What a sealed value belongs to; a value sealed for another row or field does not open. */
export interface SealContext {
  tenantId: string;
  rowId: string;
  field: string;
}

export interface PublicKey {
  keyId: string;
  publicKey: Uint8Array;
}

export interface PrivateKeys {
  /** opens one value; throws Refusal when the key is missing or the value was sealed for something else */
  open(keyId: string, sealed: Uint8Array, context: SealContext): Promise<string>;
  readonly keyIds: string[];
}

const info = (context: SealContext) =>
  new TextEncoder().encode(["mailferry", context.tenantId, context.rowId, context.field].join("\n"));
const exact = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer;
/** a key's name: the first 16 hexadecimal digits of the SHA-256 of its public half */
export const keyIdOf = (publicKey: Uint8Array): string =>
  createHash("sha256").update(publicKey).digest("hex").slice(0, 16);

/** Seals text to a public key; the encapsulated key (32 octets) stands in front of the ciphertext. */
export async function seal(key: PublicKey, text: string, context: SealContext): Promise<Buffer> {
  const recipientPublicKey = await suite.kem.deserializePublicKey(exact(key.publicKey));
  const sender = await suite.createSenderContext({ recipientPublicKey, info: exact(info(context)) });
  const sealed = await sender.seal(exact(new TextEncoder().encode(text)));
  return Buffer.concat([Buffer.from(sender.enc), Buffer.from(sealed)]);
}

/** A private key file: one line per key, hexadecimal, the newest first; older ones still open what was sealed to them. */
export async function readPrivateKeys(file: string): Promise<PrivateKeys> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    throw new Refusal(
      `The private key ${file} can't be read. Set MAILFERRY_PRIVATE_KEY_FILE, or restore it from your backup.`,
    );
  }
  const keys = new Map<string, CryptoKey>();
  for (const hex of text
    .split("\n")
    .map((part) => part.trim())
    .filter((part) => /^[0-9a-f]{64}$/.test(part))) {
    const raw = Buffer.from(hex, "hex");
    const key = await suite.kem.deserializePrivateKey(exact(raw));
    keys.set(keyIdOf(await publicHalf(raw)), key);
  }
  if (keys.size === 0) throw new Refusal(`The private key file ${file} holds no key. Restore it from your backup.`);
  return {
    keyIds: [...keys.keys()],
    open: async (keyId, sealed, context) => {
      const recipientKey = keys.get(keyId);
      if (!recipientKey)
        throw new Refusal(
          `A password was sealed to the key ${keyId}, which ${file} does not hold. Give the password again.`,
        );
      try {
        return await openWith(recipientKey, sealed, context);
      } catch {
        throw new Refusal(
          "A stored password does not open: it was sealed for something else. Give the password again.",
        );
      }
    },
  };
}

async function openWith(recipientKey: CryptoKey, sealed: Uint8Array, context: SealContext): Promise<string> {
  const opened = await suite.createRecipientContext({
    recipientKey,
    enc: exact(sealed.subarray(0, 32)),
    info: exact(info(context)),
  });
  return new TextDecoder().decode(await opened.open(exact(sealed.subarray(32))));
}

/** A key of the portal's own, for what it seals and opens itself. */
export interface OwnKey extends PublicKey {
  /** null: sealed to another key, or for something else */
  open(keyId: string, sealed: Uint8Array, context: SealContext): Promise<string | null>;
}

/** Derived from a secret text (HKDF, RFC 5869), so that the portal has no further file to look after. */
export async function ownKeyOf(secret: string): Promise<OwnKey> {
  const ikm = hkdfSync("sha256", secret, "", "mailferry: what the portal seals for itself", 32);
  const pair = await suite.kem.deriveKeyPair(ikm);
  const publicKey = new Uint8Array(await suite.kem.serializePublicKey(pair.publicKey));
  const keyId = keyIdOf(publicKey);
  return {
    keyId,
    publicKey,
    open: async (sealedTo, sealed, context) =>
      sealedTo === keyId ? openWith(pair.privateKey, sealed, context).catch(() => null) : null,
  };
}

/** The public half of a raw X25519 private key. */
async function publicHalf(raw: Uint8Array): Promise<Uint8Array> {
  const { createPrivateKey, createPublicKey } = await import("node:crypto");
  const pkcs8 = Buffer.concat([Buffer.from("302e020100300506032b656e04220420", "hex"), raw]);
  const spki = createPublicKey(createPrivateKey({ key: pkcs8, format: "der", type: "pkcs8" })).export({
    format: "der",
    type: "spki",
  });
  return new Uint8Array(spki.subarray(-32));
}

/** Makes the private key file if it is missing and returns the public half of its newest key. */
export async function ensurePrivateKey(file: string): Promise<PublicKey> {
  if (!existsSync(file)) {
    const pair = await suite.kem.generateKeyPair();
    const raw = Buffer.from(await suite.kem.serializePrivateKey(pair.privateKey));
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, `${raw.toString("hex")}\n`, { mode: 0o600, flag: "wx" });
    chmodSync(file, 0o600);
  }
  const first = readFileSync(file, "utf8").trim().split("\n")[0] ?? "";
  const publicKey = await publicHalf(Buffer.from(first, "hex"));
  return { keyId: keyIdOf(publicKey), publicKey };
}
