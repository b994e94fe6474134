// Certificates on the wire: what is asked of a handshake, what the other side showed, and which rule accepts it.
import net from "node:net";
import tls from "node:tls";

export interface CertificateFacts {
  subject: string;
  issuer: string;
  names: string[];
  validFrom: string;
  /** ISO 8601 UTC */
  validTo: string;
  /** SHA-256 of the leaf, 64 hexadecimal digits */
  fingerprint: string;
  selfSigned: boolean;
  /** whether this system's authorities vouch for it, for the name asked for */
  verified: boolean;
  /** why not, in words; null when verified */
  problem: string | null;
  tlsVersion: string;
}

export interface TlsWish {
  /** any | system | sha256:<hex> */
  certificate: string;
  /** the name that `system` checks */
  name: string;
  oldest: "1.0" | "1.2";
  /** further authorities in PEM, for tests and private authorities */
  authorities?: string[];
}

/** How a certificate was accepted. `system-instead-of-pin`: another one than pinned, but `system` verifies it for the name. */
export type Accepted = "any" | "system" | "pin" | "system-instead-of-pin";

export function tlsOptions(wish: TlsWish): tls.ConnectionOptions {
  return {
    ...(net.isIP(wish.name) === 0 && wish.name !== "" ? { servername: wish.name } : {}),
    // Judged by us right after the handshake, before anything is sent: a pin must be able to accept what no authority does.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    minVersion: wish.oldest === "1.0" ? "TLSv1" : "TLSv1.2",
    ...(wish.oldest === "1.0" ? { ciphers: "DEFAULT@SECLEVEL=0" } : {}),
    ...(wish.authorities ? { ca: [...tls.rootCertificates, ...wish.authorities] } : {}),
  };
}

/** Which rule accepts this certificate, or null. */
export function judge(facts: CertificateFacts, rule: string): Accepted | null {
  if (rule === "any") return "any";
  if (rule === "system") return facts.verified ? "system" : null;
  if (rule === `sha256:${facts.fingerprint}`) return "pin";
  return facts.verified ? "system-instead-of-pin" : null;
}

export function factsOf(socket: tls.TLSSocket, name: string): CertificateFacts {
  const leaf = socket.getPeerCertificate();
  const chainFault = socket.authorized ? null : String(socket.authorizationError ?? "not verified");
  const nameFault = leaf.raw ? tls.checkServerIdentity(name, leaf) : new Error("no certificate");
  const problem = chainFault ? chainWords(chainFault) : nameFault ? `it is not made for the name ${name}` : null;
  return {
    subject: joined(leaf.subject),
    issuer: joined(leaf.issuer),
    names: (leaf.subjectaltname ?? "").slice(0, 16_384).split(", ").filter(Boolean).slice(0, 50).map(printable),
    validFrom: isoTime(leaf.valid_from),
    validTo: isoTime(leaf.valid_to),
    fingerprint: (leaf.fingerprint256 ?? "").replaceAll(":", "").toLowerCase(),
    selfSigned:
      chainFault === "DEPTH_ZERO_SELF_SIGNED_CERT" ||
      (Boolean(leaf.raw) && joined(leaf.subject) === joined(leaf.issuer)),
    verified: problem === null,
    problem,
    tlsVersion: (socket.getProtocol() ?? "").replace("TLSv", "TLS "),
  };
}

/** Text of a certificate is the other side's: bounded, without control characters. */
const printable = (text: string): string => text.replace(/\p{Cc}/gu, "?").slice(0, 300);
const joined = (who: object | undefined): string =>
  printable(
    Object.entries(who ?? {})
      .map(([key, value]) => `${key}=${String(value)}`)
      .join(", "),
  );

function isoTime(text: string | undefined): string {
  const time = new Date(text ?? "");
  return Number.isNaN(time.getTime()) ? "" : time.toISOString();
}

const chainWords = (code: string): string =>
  ({
    DEPTH_ZERO_SELF_SIGNED_CERT: "it is self-signed",
    SELF_SIGNED_CERT_IN_CHAIN: "its authority is not known to this system",
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: "its authority is not known to this system",
    UNABLE_TO_GET_ISSUER_CERT: "its authority is not known to this system",
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "its authority is not known to this system",
    CERT_HAS_EXPIRED: "it has expired",
    CERT_NOT_YET_VALID: "it is not valid yet",
    CERT_REVOKED: "it was revoked",
    INVALID_PURPOSE: "it is not made for servers",
  })[code] ?? code;

export function tlsWords(error: NodeJS.ErrnoException): string {
  const text = error.message;
  if (/wrong version number|packet length too long|unexpected message|http request/i.test(text)) return noTlsHere;
  if (/unsupported protocol|protocol version|version too low|inappropriate fallback/i.test(text))
    return "the server offers no TLS version that is allowed here";
  if (/no shared cipher|handshake failure/i.test(text)) return "server and Mailferry share no cipher";
  if (error.code === "ECONNRESET") return "the server closed the connection during the TLS handshake";
  return (error.code ?? text).slice(0, 200);
}

/** What the handshake says when the other side answers in clear. */
export const noTlsHere = "the server does not speak TLS here";
