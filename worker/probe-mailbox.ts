// Test settings of a mailbox: signs in with the very code that collects, counts, and looks at header blocks. Never fetches
// a mail (Gmail hides for ever what was retrieved), changes nothing, and ends without QUIT.
import { refusedBySource } from "@/domain/mailbox/cursor";
import { openIdentities } from "@/domain/mailbox/identity";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import type { Emit } from "@/domain/probe/run-lines";
import type { ProbeVerdict } from "@/domain/probe/schema";
import type { TenantScope } from "@/domain/scope";
import { type Listing, SourceFault, type SourceSession } from "@/mail/source";
import { agesOf, preview } from "./probe-mailbox-preview";
import { faultVerdict, passed, type There } from "./probe-mailbox-verdict";
import type { WorkerContext } from "./room";
import { openMailbox } from "./session-open";

export interface MailboxProbeInput {
  settings: MailboxSettings;
  /** null: none was given and none is stored */
  password: string | null;
  /** the saved mailbox, when there is one */
  mailboxId: string | null;
  /** no preview: a look into one of many */
  countOnly: boolean;
}

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
    const refused = refusedBySource(settings, source.facts, listing.uidsUsable);
    if (!input.countOnly) await preview(context, scope, { settings, source, listing, emit });
    if (refused) {
      emit({ kind: "fail", text: refused.sentence });
      return { ...wrong(refused.field, refused.sentence), suggestion: suggestionFor(refused.field, listing) };
    }
    const verdict = passed(settings, source, listing, there);
    return input.countOnly ? { ...verdict, facts: { ...verdict.facts, ...(await agesOf(source, listing)) } } : verdict;
  } catch (error) {
    if (!(error instanceof SourceFault)) throw error;
    return faultVerdict(error, settings);
  } finally {
    source?.abort();
  }
}

const wrong = (field: string, sentence: string): ProbeVerdict => ({ ok: false, sentence, field, facts: {} });

const suggestionFor = (field: "after" | "start", listing: Listing) =>
  field === "start" ? "all" : listing.uidsUsable ? "keep" : "delete";

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
