// POP3, the way in: connect, encrypt, sign in (RFC 1939, 2449, 2595, 5034, 3206). The session itself is in pop3-session.ts.
import { Pop3Session } from "./pop3-session";
import { Pop3Talk, type Status } from "./pop3-talk";
import { type OpenSource, SourceFault, type SourceSettings } from "./source";
import { Patience } from "./source-patience";
import { secure } from "./source-tls";
import { signInFault, soundsBusy, sourceFaultOf, withoutControl, words } from "./source-words";
import { Wire } from "./wire";

export const openPop3: OpenSource = async (settings, options = {}) => {
  const onWire = options.onWire ?? (() => {});
  withoutControl("user name", settings.username);
  withoutControl("password", settings.password);
  let wire: Wire | undefined;
  try {
    onWire({ kind: "step", text: `Connecting to ${settings.host} (${settings.address}) port ${settings.port}` });
    wire = await Wire.connect(settings, settings.timeoutMs, options.signal);
    if (settings.tls === "implicit") await secure(wire, settings, onWire);
    const talk = new Pop3Talk(wire, onWire, new Patience(settings));
    const greeting = await greet(talk, settings);
    if (settings.tls === "starttls") await startTls(talk, settings, onWire);
    const before = await capabilities(talk);
    onWire({ kind: "step", text: `Signing in as ${words(settings.username)}` });
    await signIn(talk, settings, before);
    // RFC 2449 §5: what is offered may differ once signed in.
    const offered = (before && (await capabilities(talk))) ?? before;
    onWire({ kind: "ok", text: "Signed in" });
    return new Pop3Session(talk, settings, offered, greeting);
  } catch (error) {
    wire?.destroy();
    const fault = sourceFaultOf(error, settings);
    onWire({ kind: "fail", text: fault instanceof SourceFault ? fault.message : "The session failed." });
    throw fault;
  }
};

async function greet(talk: Pop3Talk, { host, tls }: SourceSettings): Promise<string> {
  const line = (await talk.line()).toString("utf8");
  talk.got(line);
  if (line.startsWith("+OK")) return words(line.slice(3));
  const said = words(line);
  if (line.startsWith("-ERR"))
    throw new SourceFault(
      "busy",
      `${host} takes no session at the moment: ${words(line.slice(4)) || "no reason given"}.`,
      said,
    );
  if (line.startsWith("* ")) throw new SourceFault("protocol", `${host} speaks IMAP on this port, not POP3.`, said);
  if (/^220[ -]/.test(line)) throw new SourceFault("protocol", `${host} speaks SMTP on this port, not POP3.`, said);
  const hint = tls === "implicit" ? "" : " It may expect implicit TLS.";
  throw new SourceFault("protocol", `${host} does not greet like a POP3 server.${hint}`, said);
}

/** RFC 2595 §4. No way leads from here to a password in clear. */
async function startTls(talk: Pop3Talk, settings: SourceSettings, onWire: Parameters<typeof secure>[2]) {
  const offered = await capabilities(talk);
  const answer = offered && !offered.includes("STLS") ? null : await talk.ask("STLS");
  if (!answer?.ok)
    throw new SourceFault(
      "tls",
      `${settings.host} offers no StartTLS on port ${settings.port}. Mailferry sent no password. Choose implicit TLS (usually port 995), or ask the provider.`,
      answer?.text ?? "",
    );
  await secure(talk.wire, settings, onWire);
}

/** Null when the server has no CAPA, which is allowed. */
async function capabilities(talk: Pop3Talk): Promise<string[] | null> {
  if (!(await talk.ask("CAPA")).ok) return null;
  const found: string[] = [];
  for await (const line of talk.lines()) if (found.length < 100) found.push(words(line, 200).toUpperCase());
  talk.note(`Offered: ${found.join(", ")}`);
  return found;
}

async function signIn(talk: Pop3Talk, settings: SourceSettings, offered: string[] | null) {
  const sasl = (offered ?? []).find((line) => line.startsWith("SASL "))?.split(" ") ?? [];
  let answer: Status | null = null;
  if (sasl.includes("PLAIN")) answer = await saslPlain(talk, settings);
  if (!answer || (!answer.ok && notUnderstood(answer))) answer = await userPass(talk, settings);
  if (answer.ok) return;
  throw signInFault(isBusy(answer) ? "busy" : "refused", settings, answer.text);
}

/** RFC 5034 §4: the first response goes along if the line stays within 255 octets. */
async function saslPlain(talk: Pop3Talk, { username, password }: SourceSettings): Promise<Status> {
  const secret = Buffer.from(`\0${username}\0${password}`, "utf8").toString("base64");
  if (secret.length < 240) return talk.ask(`AUTH PLAIN ${secret}`, "AUTH PLAIN ••••");
  const go = await talk.ask("AUTH PLAIN");
  return go.ok ? talk.ask(secret, "••••") : go;
}

async function userPass(talk: Pop3Talk, { username, password }: SourceSettings): Promise<Status> {
  const user = await talk.ask(`USER ${username}`);
  return user.ok ? talk.ask(`PASS ${password}`, "PASS ••••") : user;
}

const notUnderstood = ({ code, text }: Status) =>
  code === "" &&
  /mechanism|not supported|unsupported|unrecogni[sz]ed|unknown|syntax|invalid command|not implemented/i.test(text);

function isBusy({ code, text }: Status): boolean {
  if (code === "AUTH") return false;
  if (["IN-USE", "LOGIN-DELAY", "SYS/TEMP", "SYS/PERM", "SYS"].includes(code)) return true;
  return soundsBusy(text);
}
