// One mail on an open connection: MAIL, RCPT, DATA, the body, the dot. Per-recipient answers; the dot only after the caller
// committed that it is about to be sent. The next mail's envelope may follow the dot without waiting for its answer (RFC 2920 §3.1).
import { domainToASCII } from "node:url";
import { isAscii } from "./address";
import { dotStuffed } from "./dot-stuff";
import type { Reply, Stage } from "./reply";
import {
  type Refused,
  type SendResult,
  type SmtpEnvelope,
  type SmtpFacts,
  SmtpFault,
  type SmtpMail,
  Unanswered,
} from "./smtp";
import type { Talk } from "./smtp-talk";

/** What the envelope's answers came to. */
type Envelope =
  | { kind: "go"; taken: string[]; refused: Refused[] }
  | { kind: "refused"; stage: Stage; reply: Reply; taken: string[]; refused: Refused[] };

/** What the server offers, as far as it matters here. */
export const offers = (facts: SmtpFacts, keyword: string): boolean =>
  facts.extensions.some((row) => row.split(" ", 1)[0]?.toUpperCase() === keyword);

/** What of the next mail is on its way already. */
export interface Ahead {
  /** its envelope's commands, which wait for their answers */
  begun: string[] | null;
  next: () => SmtpEnvelope | null;
}

/** Sends one mail. Throws SmtpFault, Unanswered, or whatever `body` or `beforeDot` threw; then the connection is gone. */
export async function sendMail(talk: Talk, facts: SmtpFacts, mail: SmtpMail, ahead: Ahead): Promise<SendResult> {
  const unsendable = whyUnsendable(facts, mail);
  if (unsendable) return unsendable;
  if (isUnsafe(mail)) throw talk.fault("mail", "protocol", unsafeWords);
  const commands = commandsOf(facts, mail);
  const { begun } = ahead;
  ahead.begun = null;
  if (begun && begun.join("\n") !== commands.join("\n"))
    throw talk.fault("mail", "protocol", "another mail's envelope was sent ahead; nothing of this one was sent");

  const envelope = offers(facts, "PIPELINING")
    ? await pipelined(talk, commands, mail.recipients, begun !== null)
    : await oneByOne(talk, commands[0] ?? "", mail.recipients);
  if (envelope.kind === "refused") return envelope;
  return sendBody(talk, mail, envelope, () => goAhead(facts, ahead));
}

/** Up to where the body is awaited. */
const commandsOf = (facts: SmtpFacts, mail: SmtpEnvelope): string[] => [
  mailCommand(facts, mail, isInternational(mail)),
  ...mail.recipients.map(rcptCommand),
  "DATA",
];

/** The commands that may follow the dot at once. */
function goAhead(facts: SmtpFacts, ahead: Ahead): string[] {
  const next = offers(facts, "PIPELINING") ? ahead.next() : null;
  if (!next || whyUnsendable(facts, next) || isUnsafe(next)) return [];
  ahead.begun = commandsOf(facts, next);
  return ahead.begun;
}

const everyone = ({ sender, recipients }: SmtpEnvelope) => [sender, ...recipients];
const isUnsafe = (mail: SmtpEnvelope): boolean => everyone(mail).some(unsafe);
const isInternational = (mail: SmtpEnvelope): boolean =>
  everyone(mail).some((address) => !isAscii(wireAddress(address)));

function whyUnsendable(facts: SmtpFacts, mail: SmtpEnvelope): (SendResult & { kind: "unsendable" }) | null {
  if (facts.sizeLimit !== null && mail.size > facts.sizeLimit)
    return { kind: "unsendable", why: "size", limit: facts.sizeLimit };
  return isInternational(mail) && !offers(facts, "SMTPUTF8") ? { kind: "unsendable", why: "smtputf8" } : null;
}

/** An address as it goes on the wire: an international domain in its ASCII form, so that it needs no SMTPUTF8. */
export function wireAddress(address: string): string {
  const at = address.lastIndexOf("@");
  const domain = address.slice(at + 1);
  return isAscii(domain) ? address : `${address.slice(0, at + 1)}${domainToASCII(domain) || domain}`;
}

/** Nothing that could end the command, or the path inside it. */
export const unsafe = (address: string): boolean => /[\p{Cc}<>\u2028\u2029]/u.test(address) || address.length > 512;
export const unsafeWords =
  "an address holds a line break or another character that no address may hold; nothing was sent";

function mailCommand(facts: SmtpFacts, mail: SmtpEnvelope, international: boolean): string {
  const parts = [`MAIL FROM:<${wireAddress(mail.sender)}>`];
  if (offers(facts, "SIZE")) parts.push(`SIZE=${mail.size}`);
  if (mail.eightBit && offers(facts, "8BITMIME")) parts.push("BODY=8BITMIME");
  if (international) parts.push("SMTPUTF8");
  return parts.join(" ");
}

const rcptCommand = (recipient: string) => `RCPT TO:<${wireAddress(recipient)}>`;
const positive = (reply: Reply) => reply.code >= 200 && reply.code < 300;
/** Anything but success and refusal has no meaning at this point: the two sides are out of step, and nobody was refused. */
const outOfStep = (reply: Reply) => reply.code < 400 && !positive(reply);
const stepFault = (talk: Talk, stage: Stage, { code, text }: Reply) =>
  talk.fault(stage, "protocol", `it answered ${code} ${text.slice(0, 80)}, which is no answer to that`);

/** RFC 2920: everything up to DATA in one write; the answers come in their order, all of them. */
async function pipelined(talk: Talk, commands: string[], recipients: string[], begun: boolean): Promise<Envelope> {
  // What was sent ahead is shown here, where it belongs.
  if (begun) for (const command of commands) talk.show("sent", command);
  else await talk.say("mail", commands);
  const mail = await talk.reply("mail").catch((error) => Promise.reject(begun ? unanswered(error) : error));
  if (begun && outOfSequence(mail)) throw new Unanswered(talk.refusal("mail", mail));
  const answers: Reply[] = [];
  for (const _ of recipients) answers.push(await talk.reply("rcpt"));
  const data = await talk.reply("data");
  // One answer more than there are commands: they were never those of this envelope.
  if (begun && data.code !== 354 && talk.wire.unread > 0) throw new Unanswered(stepFault(talk, "data", data));
  const envelope = judgeEnvelope(talk, mail, recipients, answers);
  if (envelope.kind === "refused") {
    // RFC 2920 §3.1: DATA may be accepted although nobody was: then a lone dot, never the mail. The refusal stands whatever
    // comes of it.
    if (data.code === 354) await talk.ask("dot", ".").catch(() => talk.wire.destroy());
    else if (data.code < 400) talk.wire.destroy();
    return envelope;
  }
  return judgeData(talk, data, envelope);
}

async function oneByOne(talk: Talk, from: string, recipients: string[]): Promise<Envelope> {
  const mail = await talk.ask("mail", from);
  const answers: Reply[] = [];
  if (positive(mail)) for (const recipient of recipients) answers.push(await talk.ask("rcpt", rcptCommand(recipient)));
  const envelope = judgeEnvelope(talk, mail, recipients, answers);
  return envelope.kind === "refused" ? envelope : judgeData(talk, await talk.ask("data", "DATA"), envelope);
}

function judgeEnvelope(talk: Talk, mail: Reply, recipients: string[], answers: Reply[]): Envelope {
  if (outOfStep(mail)) throw stepFault(talk, "mail", mail);
  if (!positive(mail)) return { kind: "refused", stage: "mail", reply: mail, taken: [], refused: [] };
  const answered = recipients.flatMap((recipient, index) => {
    const reply = answers[index];
    return reply ? [{ recipient, reply }] : [];
  });
  const odd = answers.find(outOfStep);
  if (odd) throw stepFault(talk, "rcpt", odd);
  const refused = answered.filter(({ reply }) => !positive(reply));
  const taken = answered.filter(({ reply }) => positive(reply)).map(({ recipient }) => recipient);
  const [first] = refused;
  if (taken.length === 0 && first) return { kind: "refused", stage: "rcpt", reply: first.reply, taken, refused };
  return { kind: "go", taken, refused };
}

function judgeData(talk: Talk, data: Reply, envelope: Envelope & { kind: "go" }): Envelope {
  if (data.code === 354) return envelope;
  if (data.code < 400) throw stepFault(talk, "data", data);
  return { ...envelope, kind: "refused", stage: "data", reply: data };
}

/** A server that ends the connection behind a mail, or is silent, or says what is no answer, has refused nothing of the next one. */
const unanswered = (error: unknown): unknown =>
  error instanceof SmtpFault && (unansweredKinds.has(error.kind) || error.reply?.code === 421)
    ? new Unanswered(error)
    : error;
const unansweredKinds: ReadonlySet<SmtpFault["kind"]> = new Set(["cut", "timeout", "protocol"]);

/** 500 to 503: the command was not understood, or not here. Where it came early that says nothing about the mail. */
const outOfSequence = ({ code }: Reply): boolean => code >= 500 && code <= 503;

async function sendBody(
  talk: Talk,
  mail: SmtpMail,
  envelope: Envelope & { kind: "go" },
  goesAhead: () => string[],
): Promise<SendResult> {
  const { taken, refused } = envelope;
  talk.show("step", `Sending the mail, ${mail.size} octets`);
  const early = await writeBody(talk, mail);
  if (early) {
    // It answered before the mail's end. The dot is not sent, so the mail can't have been taken; the order is lost.
    talk.wire.destroy();
    if (early.code < 400) throw talk.fault("dot", "protocol", `it answered ${early.code} before the mail's end`);
    return { kind: "refused", stage: "dot", reply: early, taken, refused };
  }
  await talk.at("dot", async () => mail.beforeDot?.(taken));
  // A connection that ended meanwhile takes no dot along.
  talk.dotPending = talk.wire.open;
  await talk.say("dot", [".", ...goesAhead()], ["."]);
  const { timeoutMs, dotTimeoutMs } = talk.settings;
  const reply = await talk.reply("dot", Math.max(timeoutMs, dotTimeoutMs));
  // Still pending then: what was meant nobody knows, so the mail may have been taken.
  if (outOfStep(reply)) throw stepFault(talk, "dot", reply);
  talk.dotPending = false;
  if (positive(reply)) return { kind: "accepted", accepted: taken, refused, reply };
  return { kind: "refused", stage: "dot", reply, taken, refused };
}

/** Streams the body, at the pace of the other side. A reply that comes before the dot is given back. */
async function writeBody(talk: Talk, mail: SmtpMail): Promise<Reply | null> {
  const { wire } = talk;
  try {
    for await (const block of dotStuffed(mail.body())) {
      await wire.look();
      if (wire.unread > 0) return await talk.reply("dot");
      await wire.write(block);
    }
    await wire.flush();
    return wire.unread > 0 ? await talk.reply("dot") : null;
  } catch (error) {
    if (error instanceof SmtpFault) throw error;
    const words = await talk.lastWords("dot");
    if (words) return words;
    return talk.at("dot", () => Promise.reject(error));
  }
}
