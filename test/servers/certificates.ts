// Certificates for tests and the demo: self-signed ones as Exchange ships them, and an authority of our own. Made once per
// process and kept, since each key takes time.
import { createHash, X509Certificate } from "node:crypto";
import { generate } from "selfsigned";

export interface ServerCertificate {
  key: string;
  cert: string;
  /** SHA-256 of the leaf, 64 hexadecimal digits, as in a pin `sha256:…` */
  fingerprint: string;
}

export interface CertificateWish {
  /** DNS names and IPv4 addresses; the first is the common name */
  names?: string[];
  /** signed by the tests' own authority instead of by itself */
  signed?: boolean;
  expired?: boolean;
  /** another number makes another certificate with the same wishes: renewed, swapped */
  edition?: number;
}

const made = new Map<string, Promise<ServerCertificate>>();

/** A certificate, by default self-signed for localhost and 127.0.0.1. */
export function certificate(wish: CertificateWish = {}): Promise<ServerCertificate> {
  const key = JSON.stringify([wish.names, wish.signed, wish.expired, wish.edition]);
  const known = made.get(key);
  if (known) return known;
  const fresh = make(wish);
  made.set(key, fresh);
  return fresh;
}

let root: Promise<{ private: string; cert: string }> | null = null;

/** The tests' own authority, in PEM, for `TlsWish.authorities` or NODE_EXTRA_CA_CERTS. */
export const authority = async (): Promise<string> => (await rootKeys()).cert;

function rootKeys() {
  root ??= generate([{ name: "commonName", value: "Mailferry test authority" }], {
    ...fresh,
    extensions: [
      { name: "basicConstraints", cA: true, critical: true },
      { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    ],
  });
  return root;
}

const day = 86_400_000;
const fresh = {
  keyType: "ec" as const,
  curve: "P-256" as const,
  algorithm: "sha256",
  notBeforeDate: new Date(Date.now() - 10 * day),
  notAfterDate: new Date(Date.now() + 300 * day),
};

async function make({ names = ["localhost", "127.0.0.1"], signed, expired }: CertificateWish) {
  const [name = "localhost"] = names;
  const issuer = signed ? await rootKeys() : null;
  const pems = await generate([{ name: "commonName", value: name }], {
    ...fresh,
    ...(expired ? { notAfterDate: new Date(Date.now() - 5 * day) } : {}),
    extensions: [
      { name: "basicConstraints", cA: false },
      { name: "keyUsage", digitalSignature: true, keyEncipherment: true },
      { name: "extKeyUsage", serverAuth: true },
      {
        name: "subjectAltName",
        altNames: names.map((text) =>
          /^[\d.]+$/.test(text) ? { type: 7 as const, ip: text } : { type: 2 as const, value: text },
        ),
      },
    ],
    ...(issuer ? { ca: { key: issuer.private, cert: issuer.cert } } : {}),
  });
  const leaf = new X509Certificate(pems.cert);
  return { key: pems.private, cert: pems.cert, fingerprint: createHash("sha256").update(leaf.raw).digest("hex") };
}
