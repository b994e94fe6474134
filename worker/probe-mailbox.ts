// Test settings of a mailbox: signs in with the very code that collects, counts, and looks at header blocks. Never fetches
// a mail (Gmail hides for ever what was retrieved), changes nothing, and ends without QUIT.
import { refusedBySource } from "@/domain/mailbox/cursor";
import { openIdentities } from "@/domain/mailbox/identity";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { receivedWhen, startInstant } from "@/domain/mailbox/start";
import type { Emit } from "@/domain/probe/run-lines";
import type { PreviewCount, PreviewRow, ProbeVerdict } from "@/domain/probe/schema";
import { decideRoute } from "@/domain/routing/route";
import type { Rule } from "@/domain/routing/schema";
import { readRules } from "@/domain/routing/store";
import type { TenantScope } from "@/domain/scope";
import { envelopeSender, from, type Headers, parseHeaders, subject } from "@/mail/headers";
import { type Listed, type Listing, SourceFault, type SourceSession } from "@/mail/source";
import { plain } from "./intake";
import type { WorkerContext } from "./room";
import { openMailbox } from "./session-open";

export interface MailboxProbeInput {
  settings: MailboxSettings;
  /** null: none was given and none is stored */
  password: string | null;
  /** the saved mailbox, when there is one */
  mailboxId: string | null;
}

const newest = 20;
/** Gmail lists about 250 mails at a time: a longer POP3 listing may not be all. */
const partialFrom = 200;

export async function runMailboxProbe(
  context: WorkerContext,
  scope: TenantScope,
  input: MailboxProbeInput,
  emit: Emit,
  signal: AbortSignal,
): Promise<ProbeVerdict> {
  const { settings, password } = input;
  emit({ kind: "step", text: `Test by the worker ${context.name}` });
  if (password === null) return wrong("password", "There is no password yet: type it, then test again.");
  let source: SourceSession | null = null;
  try {
    source = await openMailbox(context, settings, password, { onWire: emit, signal, readOnly: true });
    emit({ kind: "step", text: "Looking at what is there" });
    const listing = await source.list();
    const there = await countThere(scope, input, listing);
    emit({ kind: "count", text: countWords(there, listing), facts: { ...there } });
    const refused = refusedBySource(settings, { ...source.facts, canDelete: canDelete(source) }, listing.uidsUsable);
    await preview(context, scope, { settings, source, listing, emit });
    if (refused) {
      emit({ kind: "fail", text: refused.sentence });
      return { ...wrong(refused.field, refused.sentence), suggestion: suggestionFor(refused.field, listing) };
    }
    return passed(settings, source, listing, there);
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    return faultVerdict(error, settings);
  } finally {
    source?.abort();
  }
}

/** A test opens an IMAP folder read-only, where nothing may be deleted: what counts is what the server offers. */
const canDelete = ({ facts }: SourceSession): boolean =>
  facts.canDelete || facts.capabilities.some((name) => /^(UIDPLUS|IMAP4REV2)$/i.test(name));

const wrong = (field: string, sentence: string): ProbeVerdict => ({ ok: false, sentence, field, facts: {} });

const suggestionFor = (field: "after" | "start", listing: Listing) =>
  field === "start" ? "all" : listing.uidsUsable ? "keep" : "delete";

interface There extends PreviewCount {
  /** of these, known from earlier sessions */
  known: number;
}

async function countThere(
  scope: TenantScope,
  { settings, mailboxId }: MailboxProbeInput,
  listing: Listing,
): Promise<There> {
  const known = mailboxId === null ? [] : await openIdentities(scope, mailboxId);
  const stored = new Set(
    known.filter((one) => one.epoch === listing.epoch && one.state === "stored").map((one) => one.uid),
  );
  const fresh = listing.mails.filter(({ uid }) => uid === null || !stored.has(uid));
  return {
    count: fresh.length,
    bytes: fresh.reduce((sum, { size }) => sum + size, 0),
    atLeast: settings.protocol === "pop3" && listing.mails.length >= partialFrom,
    known: listing.mails.length - fresh.length,
  };
}

const countWords = ({ count, atLeast, known }: There, listing: Listing) =>
  known === 0
    ? `${atLeast ? "At least " : ""}${listing.mails.length} mails are there`
    : `${atLeast ? "At least " : ""}${listing.mails.length} mails are there, ${count} of them not collected yet`;

interface Look {
  settings: MailboxSettings;
  source: SourceSession;
  listing: Listing;
  emit: Emit;
}

/** The newest mails: who would get each, and by which header. */
async function preview(context: WorkerContext, scope: TenantScope, look: Look): Promise<void> {
  const { settings, source, listing, emit } = look;
  if (!source.facts.canPeek) {
    emit({ kind: "note", text: "This server can't show headers alone (TOP), so there is no preview." });
    return;
  }
  const rules = await readRules(scope);
  const zone = await scope.db.prisma.tenant.findUnique({
    where: { id: scope.tenantId },
    select: { timeZone: true },
  });
  const start = startInstant(
    settings.start === "now" ? context.clock().toISOString() : settings.start,
    zone?.timeZone ?? "UTC",
  );
  const mails = [...listing.mails].sort(byAge).slice(0, newest);
  for await (const answer of source.peek(mails)) {
    if ("fault" in answer) {
      emit({ kind: "note", text: answer.fault.message });
      continue;
    }
    const row = previewRow(answer.mail, parseHeaders(answer.header), settings, rules, start);
    emit({ kind: "preview", text: row.subject, facts: { ...row } });
  }
}

const byAge = (a: Listed, b: Listed) =>
  (b.receivedAt?.getTime() ?? 0) - (a.receivedAt?.getTime() ?? 0) || b.number - a.number;

function previewRow(
  mail: Listed,
  headers: Headers,
  settings: MailboxSettings,
  rules: Rule[],
  start: Date | null,
): PreviewRow {
  const received = receivedWhen(mail.receivedAt, headers);
  const facts = { sender: envelopeSender(headers), subject: subject(headers), mailbox: settings.name, size: mail.size };
  const decision = decideRoute({ ...facts, headers }, settings.recipients, rules);
  const left = start !== null && received !== null && received < start;
  const [first] = decision.recipients;
  const acted = decision.rules.length > 0 ? `, rule ${decision.rules.map((name) => `“${name}”`).join(", ")}` : "";
  const via = decision.held ? "nobody: held" : `${first?.via ?? ""}${acted}`;
  return {
    from: plain(from(headers), 320),
    subject: plain(facts.subject, 300),
    receivedAt: received?.toISOString() ?? null,
    size: mail.size,
    recipients: decision.recipients
      .slice(0, 20)
      .map((one) => (one.place === "waiting" ? one.address : `${one.address} (${one.place})`)),
    via: left ? `left out by Start; ${via}` : via,
  };
}

function passed(settings: MailboxSettings, source: SourceSession, listing: Listing, there: There): ProbeVerdict {
  const number = `${there.atLeast ? "at least " : ""}${there.count}`;
  const mails = there.count === 1 ? "mail" : "mails";
  const then = {
    delete: "and then deleted there",
    keep: "and left there",
    "keep-days": `and left there for ${settings.keepDays} days`,
  };
  const what =
    there.count === 0
      ? "Nothing new is there now."
      : settings.start === "all"
        ? `${number} ${mails} would be collected now, ${then[settings.after]}.`
        : `${number} ${mails} not collected yet; of these the ones received since the start would be collected, ${then[settings.after]}.`;
  return {
    ok: true,
    sentence: `${settings.username} signs in at ${settings.host}. ${what}`,
    facts: {
      count: there.count,
      bytes: there.bytes,
      atLeast: there.atLeast,
      known: there.known,
      uidsUsable: listing.uidsUsable,
      canPeek: source.facts.canPeek,
      canDelete: canDelete(source),
      greeting: plain(source.facts.greeting, 300),
    },
  };
}

/** Which field mends it. The sentence is the fault's own; the server's words stand beside it. */
function faultVerdict(fault: SourceFault, settings: MailboxSettings): ProbeVerdict {
  const facts = { ...fault.facts, kind: fault.kind, reply: fault.reply };
  const at = (field: string, words: string): ProbeVerdict => ({
    ok: false,
    sentence: `${fault.message} ${words}`.trim(),
    field,
    facts,
  });
  switch (fault.kind) {
    case "refused":
      return at("password", "Check User name and Password.");
    case "busy":
      return at("username", "The settings may be right: another program has the mailbox now. Test again in a minute.");
    case "unreachable":
      if (fault.facts.why === "aborted") return { ok: false, sentence: "You stopped the test.", facts };
      return typeof fault.facts.field === "string"
        ? at("host", "Check Host.")
        : at("port", `Check Host and Port (${settings.port}), and whether a firewall is in between.`);
    case "tls":
      return at("tls", "Check Encryption and Port.");
    case "certificate":
      return at("certificate", "Choose the certificate rule that fits, or ask the provider for the right host name.");
    case "folder":
      return at("folder", "Check Folder.");
    case "protocol":
      return typeof fault.facts.field === "string"
        ? at("host", "")
        : at("protocol", "Check Protocol, Port and Encryption.");
    case "mail":
      return at("host", "");
  }
}
