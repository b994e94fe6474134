// What a file's entry means for what exists: a key that is missing means its default in what is new and "unchanged" in what
// exists.
import {
  defaultCertificate,
  defaultPort,
  type ExchangeSettings,
  exchangeDefaults,
  exchangeFaults,
} from "@/domain/exchange/schema";
import { type MailboxSettings, mailboxDefaults } from "@/domain/mailbox/schema";
import { defaultHeaders, defaultSourcePort } from "@/domain/mailbox/source";
import { isAddress } from "@/mail/address";
import type { FileExchange, FileMailbox } from "./schema";

export type Merged<T> =
  | { ok: true; settings: T }
  | { ok: false; faults: { path: (string | number)[]; message: string }[] };

const missing = (key: string) => ({ path: [key], message: `${key} is missing and required here: add it.` });

export function mergeExchange(before: ExchangeSettings | null, file: FileExchange): Merged<ExchangeSettings> {
  const { password: _p, passwordEnv: _e, notify, ...given } = file;
  const base = before ?? exchangeDefaults;
  const host = given.host ?? before?.host;
  const postmaster = given.postmaster ?? before?.postmaster;
  const faults = [...(host ? [] : [missing("host")]), ...(postmaster ? [] : [missing("postmaster")])];
  if (!host || !postmaster) return { ok: false, faults };
  const tls = given.tls ?? base.tls;
  const username = given.username ?? base.username;
  // Defaults that hang on other keys follow them, unless the file or an earlier choice says otherwise.
  const port = given.port ?? (before && before.port !== defaultPort(before.tls) ? before.port : defaultPort(tls));
  const usual = before && before.certificate !== defaultCertificate(before.tls, before.username);
  const certificate = given.certificate ?? (usual ? before.certificate : defaultCertificate(tls, username));
  const settings: ExchangeSettings = {
    ...base,
    ...defined(given),
    host,
    postmaster,
    tls,
    username,
    port,
    certificate,
    notify: { ...base.notify, ...defined(notify ?? {}) },
  };
  const crossed = exchangeFaults(settings).map(({ path, message }) => ({ path: [path], message }));
  return crossed.length > 0 ? { ok: false, faults: crossed } : { ok: true, settings };
}

export function mergeMailbox(before: MailboxSettings | null, file: FileMailbox, now: Date): Merged<MailboxSettings> {
  const { password: _p, passwordEnv: _e, stopped: _s, recipients: written, start, ...given } = file;
  const base = before ?? mailboxDefaults;
  const protocol = given.protocol ?? before?.protocol;
  const host = given.host ?? before?.host;
  const username = given.username ?? before?.username;
  const recipients = mergeRecipients(before?.recipients ?? null, written, username ?? "");
  if (!protocol || !host || !username || !recipients) {
    const faults = Object.entries({ protocol, host, username, recipients }).filter(([, value]) => !value);
    return { ok: false, faults: faults.map(([key]) => missing(key)) };
  }
  const tls = given.tls ?? base.tls;
  const usual = before && before.port === defaultSourcePort(before.protocol, before.tls);
  const port = given.port ?? (before && !usual ? before.port : defaultSourcePort(protocol, tls));
  const settings = { ...base, ...defined(given), protocol, host, username, tls, port, recipients };
  return { ok: true, settings: { ...settings, start: mergedStart(before, start, now) } };
}

/** `now` is the moment of the first import that says it; later imports of the same file leave that instant. */
function mergedStart(before: MailboxSettings | null, start: string | undefined, now: Date): string {
  if (start === undefined) return before?.start ?? mailboxDefaults.start;
  if (start !== "now") return start;
  const isInstant = before && before.start !== "all" && before.start.includes("T");
  return isInstant ? before.start : now.toISOString();
}

function mergeRecipients(
  before: MailboxSettings["recipients"] | null,
  written: FileMailbox["recipients"],
  username: string,
): MailboxSettings["recipients"] | null {
  if (!written) return before;
  if (written.mode === "single") return written;
  const earlier = before?.mode === "headers" ? before : null;
  return {
    mode: "headers",
    domains: written.domains,
    headers: written.headers ?? earlier?.headers ?? defaultHeaders,
    own: written.own ?? earlier?.own ?? (isAddress(username) ? [username] : []),
    nobody: written.nobody ?? earlier?.nobody ?? "hold",
  };
}

/** Without the keys that are undefined, so that spreading keeps what stood before. */
function defined<T extends object>(given: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
