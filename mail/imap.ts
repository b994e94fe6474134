// IMAP, the way in: connect, encrypt, sign in, open the folder (RFC 9051, 3501, 4959). The session is in imap-session.ts.
import { type Folder, ImapSession } from "./imap-session";
import { ImapTalk, type Result } from "./imap-talk";
import { decodeFolder, encodeFolder } from "./imap-words";
import { type OpenSource, SourceFault, type SourceSettings } from "./source";
import { Patience } from "./source-patience";
import { secure } from "./source-tls";
import { signInFault, soundsBusy, sourceFaultOf, withoutControl, words } from "./source-words";
import { type OnWire, Wire } from "./wire";

export const openImap: OpenSource = async (settings, options = {}) => {
  const onWire = options.onWire ?? (() => {});
  for (const [what, text] of [
    ["user name", settings.username],
    ["password", settings.password],
    ["folder", settings.folder],
  ] as const)
    withoutControl(what, text);
  let wire: Wire | undefined;
  try {
    onWire({ kind: "step", text: `Connecting to ${settings.host} (${settings.address}) port ${settings.port}` });
    wire = await Wire.connect(settings, settings.timeoutMs, options.signal);
    if (settings.tls === "implicit") await secure(wire, settings, onWire);
    const talk = new ImapTalk(wire, onWire, new Patience(settings));
    const greeting = await greet(talk, settings);
    if (settings.tls === "starttls") await startTls(talk, settings, onWire);
    const before = await capabilities(talk);
    onWire({ kind: "step", text: `Signing in as ${words(settings.username)}` });
    await signIn(talk, settings, before);
    // RFC 9051 §6.1.1: what is offered may differ once signed in.
    const offered = await capabilities(talk);
    onWire({ kind: "ok", text: "Signed in" });
    const folder = options.readOnly
      ? await lookIntoFolder(talk, settings, offered)
      : await openFolder(talk, settings, "SELECT");
    return new ImapSession(talk, settings, offered, greeting, folder);
  } catch (error) {
    wire?.destroy();
    const fault = sourceFaultOf(error, settings);
    onWire({ kind: "fail", text: fault instanceof SourceFault ? fault.message : "The session failed." });
    throw fault;
  }
};

async function greet(talk: ImapTalk, { host, tls }: SourceSettings): Promise<string> {
  const text = await talk.response();
  talk.got(text);
  const said = words(text);
  if (/^\* OK\b/i.test(text)) return words(text.slice(5));
  // Signed in before we said who we are, perhaps by somebody in between (RFC 9051 §11.3 on StartTLS and PREAUTH).
  if (/^\* PREAUTH\b/i.test(text))
    throw new SourceFault("tls", `${host} greets as if we had signed in already. Mailferry did not go on.`, said);
  if (/^\* BYE\b/i.test(text))
    throw new SourceFault("busy", `${host} takes no session at the moment: ${words(text.slice(6))}.`, said);
  if (text.startsWith("+OK")) throw new SourceFault("protocol", `${host} speaks POP3 on this port, not IMAP.`, said);
  if (/^220[ -]/.test(text)) throw new SourceFault("protocol", `${host} speaks SMTP on this port, not IMAP.`, said);
  const hint = tls === "implicit" ? "" : " It may expect implicit TLS.";
  throw new SourceFault("protocol", `${host} does not greet like an IMAP server.${hint}`, said);
}

async function startTls(talk: ImapTalk, settings: SourceSettings, onWire: OnWire) {
  const offered = await capabilities(talk);
  const answer = offered.includes("STARTTLS") ? await talk.ask("STARTTLS") : null;
  if (!answer?.ok)
    throw new SourceFault(
      "tls",
      `${settings.host} offers no StartTLS on port ${settings.port}. Mailferry sent no password. Choose implicit TLS (usually port 993), or ask the provider.`,
      answer?.text ?? "",
    );
  await secure(talk.wire, settings, onWire);
}

async function capabilities(talk: ImapTalk): Promise<string[]> {
  const { untagged } = await talk.ask("CAPABILITY");
  const line = untagged.filter((text) => /^\* CAPABILITY /i.test(text)).at(-1) ?? "";
  const found = line.toUpperCase().split(/\s+/).slice(2, 202);
  talk.note(`Offered: ${words(found.join(" "), 1000)}`);
  return found;
}

async function signIn(talk: ImapTalk, settings: SourceSettings, offered: string[]) {
  const { username, password, host } = settings;
  if (offered.includes("LOGINDISABLED") && !offered.includes("AUTH=PLAIN"))
    throw new SourceFault("tls", `${host} takes no password without encryption. Choose StartTLS or implicit TLS.`);
  const answer = offered.includes("AUTH=PLAIN")
    ? await saslPlain(talk, settings, offered.includes("SASL-IR"))
    : await talk.askWith("LOGIN", [username, password], "LOGIN •••• ••••");
  if (answer.ok) return;
  if (answer.code === "PRIVACYREQUIRED")
    throw new SourceFault(
      "tls",
      `${host} takes no password without encryption. Choose StartTLS or implicit TLS.`,
      answer.text,
    );
  const alerts = answer.untagged.filter((text) => /ALERT/i.test(text)).map((text) => text.replace(/^\* \S+ /, ""));
  throw signInFault(isBusy(answer) ? "busy" : "refused", settings, [answer.text, ...alerts].join(" "));
}

function saslPlain(talk: ImapTalk, { username, password }: SourceSettings, initial: boolean): Promise<Result> {
  const secret = Buffer.from(`\0${username}\0${password}`, "utf8").toString("base64");
  return initial
    ? talk.ask(`AUTHENTICATE PLAIN ${secret}`, "AUTHENTICATE PLAIN ••••")
    : talk.askLater("AUTHENTICATE PLAIN", secret);
}

/** RFC 5530: these are no password faults. */
function isBusy({ code, text }: Result): boolean {
  if (["AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED"].includes(code)) return false;
  return ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "CONTACTADMIN"].includes(code) || soundsBusy(text);
}

/**
 * For tests: nothing can be changed in a folder that was opened so, and so the server does not tell whether this user may
 * delete there. Where it has access rights (RFC 4314) these tell; else the first poll does.
 */
async function lookIntoFolder(talk: ImapTalk, settings: SourceSettings, offered: string[]): Promise<Folder> {
  const folder = await openFolder(talk, settings, "EXAMINE");
  if (!offered.includes("ACL")) return { ...folder, writable: true };
  const name = encodeFolder(settings.folder);
  const { ok, untagged } = await talk.askWith("MYRIGHTS", [name], `MYRIGHTS ${settings.folder}`);
  const rights = untagged.map((text) => /^\* MYRIGHTS .* "?([a-z0-9]+)"?\s*$/i.exec(text)?.[1]).find(Boolean);
  // t and e: \Deleted may be set, and expunged; d is what older servers call both.
  return { ...folder, writable: !ok || rights === undefined || /d|t.*e|e.*t/.test(rights) };
}

async function openFolder(
  talk: ImapTalk,
  { folder, host }: SourceSettings,
  command: "SELECT" | "EXAMINE",
): Promise<Folder> {
  const answer = await talk.askWith(command, [encodeFolder(folder)], `${command} ${folder}`);
  if (!answer.ok) {
    if (["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"].includes(answer.code))
      throw new SourceFault("busy", `${host} does not open the folder ${folder} at the moment.`, answer.text);
    const folders = await folderNames(talk);
    const which = folders.length > 0 ? ` There are: ${folders.slice(0, 20).join(", ")}.` : "";
    throw new SourceFault("folder", `${host} does not open the folder ${words(folder)}.${which}`, answer.text, {
      folders,
    });
  }
  const found = (form: RegExp) =>
    answer.untagged.map((text) => form.exec(text)?.[1]).find((text) => text !== undefined);
  const existing = found(/^\* (\d{1,10}) EXISTS/i);
  const permanent = found(/\[PERMANENTFLAGS \(([^)]*)\)/i);
  return {
    epoch: found(/\[UIDVALIDITY (\d{1,20})\]/i) ?? "",
    exists: existing === undefined ? null : Number(existing),
    writable: answer.code !== "READ-ONLY" && (permanent === undefined || /\\deleted/i.test(permanent)),
  };
}

/** Names that can be opened, at most 200. */
async function folderNames(talk: ImapTalk): Promise<string[]> {
  const { untagged } = await talk.ask('LIST "" "*"');
  const names: string[] = [];
  for (const text of untagged.slice(0, 2000)) {
    const match = /^\* LIST \(([^)]*)\) (?:"(?:[^"\\]|\\.)*"|NIL) (?:"((?:[^"\\]|\\.)*)"|(\S+))\s*$/i.exec(text);
    if (!match || /\\Noselect|\\NonExistent/i.test(match[1] ?? "")) continue;
    names.push(words(decodeFolder((match[2] ?? match[3] ?? "").replace(/\\(.)/g, "$1")), 200));
    if (names.length >= 200) break;
  }
  return names;
}
