// Opening an SMTP connection: greeting, EHLO, StartTLS, certificate, AUTH, in this order and never backwards into clear text.
import type { Reply } from "./reply";
import type { ConnectSmtp, SmtpConnection, SmtpFacts, SmtpMail, SmtpSettings } from "./smtp";
import { signIn } from "./smtp-auth";
import { dial } from "./smtp-dial";
import { type Ahead, sendMail, unsafe, unsafeWords, wireAddress } from "./smtp-send";
import type { Talk } from "./smtp-talk";
import { type Accepted, type CertificateFacts, noTlsHere, WireFault } from "./wire";

export const connectSmtp: ConnectSmtp = async (settings, options = {}) => {
  const talk = await dial(settings, options);
  const session = await talk.at("connect", () => introduce(talk));
  return session;
};

async function introduce(talk: Talk): Promise<SmtpConnection> {
  const { settings } = talk;
  let accepted: Accepted | null = null;
  if (settings.tls === "implicit") accepted = await secure(talk, "implicit");
  const greeting = await talk.reply("connect");
  if (greeting.code !== 220) throw talk.refusal("connect", greeting);
  const mustEncrypt = settings.tls === "require" || (settings.tls === "allow" && settings.username !== "");
  let hello = await greet(talk, !mustEncrypt && settings.username === "");
  const starttlsOffered = hello.extensions.some((row) => row.toUpperCase() === "STARTTLS");
  if (starttlsOffered && (settings.tls === "allow" || settings.tls === "require")) {
    const answer = await talk.ask("starttls", "STARTTLS");
    if (answer.code !== 220) throw talk.refusal("starttls", answer);
    accepted = await secure(talk, "starttls");
    // RFC 3207 §4.2: what was said in clear is forgotten.
    hello = await greet(talk, false);
  } else if (mustEncrypt) {
    throw talk.fault("starttls", "tls", notOffered(settings));
  }
  const facts: SmtpFacts = {
    greeting: greeting.text.slice(0, 500),
    ...hello,
    starttlsOffered,
    encrypted: talk.wire.encrypted,
    certificate: talk.wire.tlsFacts,
    accepted,
  };
  if (settings.username !== "") await signIn(talk, facts);
  return connection(talk, facts);
}

const notOffered = ({ host, username, tls }: SmtpSettings): string =>
  tls === "require"
    ? `${host} does not offer StartTLS, which is required here. Switch it on in Exchange (a certificate on the receive connector), or choose Allow StartTLS.`
    : `${host} does not offer StartTLS, and the password of ${username.slice(0, 80)} is never sent unencrypted. Switch StartTLS on in Exchange, or empty User name.`;

/** EHLO; HELO only for servers that don't know EHLO, and never where encryption or a sign-in is needed. */
async function greet(
  talk: Talk,
  mayFallBack: boolean,
): Promise<Pick<SmtpFacts, "greetsUs" | "extensions" | "sizeLimit">> {
  const name = talk.settings.heloName;
  const answer = await talk.ask("ehlo", `EHLO ${name}`);
  if (answer.code === 250) return helloFacts(answer);
  if (!mayFallBack || answer.code < 500) throw talk.refusal("ehlo", answer);
  talk.show("note", "EHLO was refused; trying HELO");
  const old = await talk.ask("ehlo", `HELO ${name}`).catch(() => answer);
  if (old.code !== 250) throw talk.refusal("ehlo", old);
  return { ...helloFacts(old), extensions: [], sizeLimit: null };
}

function helloFacts(answer: Reply): Pick<SmtpFacts, "greetsUs" | "extensions" | "sizeLimit"> {
  const [first = "", ...rows] = answer.text.split("\n");
  const extensions = rows.map((row) => row.trim().slice(0, 200)).filter(Boolean);
  const size = Number(extensions.map((row) => /^SIZE\s+(\d{1,15})$/i.exec(row)?.[1]).find(Boolean) ?? 0);
  return { greetsUs: first.trim().split(" ").slice(1).join(" ").slice(0, 200), extensions, sizeLimit: size || null };
}

async function secure(talk: Talk, how: "implicit" | "starttls"): Promise<Accepted> {
  const { settings, wire } = talk;
  talk.show("step", "TLS handshake");
  try {
    const accepted = await wire.startTls(settings.wish);
    if (wire.tlsFacts) talk.show("certificate", wire.tlsFacts.subject, { ...wire.tlsFacts, accepted });
    talk.show("ok", `Encrypted with ${wire.tlsFacts?.tlsVersion ?? "TLS"}`);
    if (accepted === "system-instead-of-pin")
      talk.show(
        "note",
        "The server shows another certificate than the trusted one; this system verifies it, so it is accepted.",
      );
    return accepted;
  } catch (error) {
    if (!(error instanceof WireFault)) throw error;
    if (error.certificate)
      talk.show("certificate", error.certificate.subject, { ...error.certificate, accepted: null });
    const words = secureWords(settings, how, error.kind, error.message, error.certificate);
    talk.show("fail", words);
    const stage = how === "implicit" ? "connect" : "starttls";
    throw talk.fault(stage, error.kind, words, error.certificate);
  }
}

function secureWords(
  { host, tls, wish }: SmtpSettings,
  how: "implicit" | "starttls",
  kind: WireFault["kind"],
  words: string,
  certificate?: CertificateFacts,
): string {
  if (kind === "certificate") {
    const changed = wish.certificate.startsWith("sha256:") ? ", and it is another one than the trusted one" : "";
    return `The certificate of ${host} is not accepted: ${certificate?.problem ?? words}${changed}. Nothing was sent.`;
  }
  if (kind !== "tls") return words;
  if (how === "implicit")
    return words === noTlsHere
      ? "Exchange has no implicit TLS here: choose StartTLS"
      : `The TLS handshake with ${host} failed: ${words}. Mend TLS there, or choose StartTLS.`;
  const wayOut = tls === "allow" ? "untick Allow StartTLS" : "choose another encryption";
  return `StartTLS with ${host} failed: ${words}. The mail waits and is not sent in clear. Mend TLS there (or allow the older TLS it speaks), or ${wayOut}.`;
}

/** RSET is answered at once: a server that is silent here is given up for this connection, not waited for. */
const resetMs = 30_000;

function connection(talk: Talk, facts: SmtpFacts): SmtpConnection {
  let busy = false;
  const ahead: Ahead = { begun: null, next: () => null };
  /** One transaction at a time. */
  async function transaction<T>(work: () => Promise<T>): Promise<T> {
    if (busy) throw new Error("a connection sends one mail at a time");
    busy = true;
    try {
      return await talk.at("mail", work);
    } finally {
      busy = false;
    }
  }
  /** Takes back what was left open. Where that fails the connection is gone, and neither this mail nor the next is to blame. */
  async function reset(): Promise<void> {
    if (!talk.wire.open) return;
    const answer = await talk
      .say("mail", ["RSET"])
      .then(() => talk.reply("mail", Math.min(talk.settings.timeoutMs, resetMs)))
      .catch(() => null);
    if (answer?.code !== 250) talk.wire.destroy();
  }
  return {
    facts,
    get usable() {
      return talk.wire.open && (ahead.begun !== null || talk.wire.unread === 0);
    },
    send: (mail: SmtpMail, next = () => null) =>
      transaction(async () => {
        ahead.next = next;
        const result = await sendMail(talk, facts, mail, ahead);
        if (result.kind === "refused" && result.stage !== "dot") await reset();
        return result;
      }),
    tryRecipient: (sender, recipient) =>
      transaction(async () => {
        if (unsafe(sender) || unsafe(recipient)) throw talk.fault("mail", "protocol", unsafeWords);
        const from = await talk.ask("mail", `MAIL FROM:<${wireAddress(sender)}>`);
        const answer = from.code < 300 ? await talk.ask("rcpt", `RCPT TO:<${wireAddress(recipient)}>`) : from;
        await talk.ask("mail", "RSET");
        return answer;
      }),
    quit: async () => {
      if (talk.wire.open && !busy && !ahead.begun) {
        await talk
          .say("connect", ["QUIT"])
          .then(() => talk.reply("connect", Math.min(talk.settings.timeoutMs, 5000)))
          .catch(() => null);
      }
      talk.wire.destroy();
    },
    destroy: () => talk.wire.destroy(),
  };
}
