// The preview of a mailbox's test: for the newest mails who would get each, and by which header. Header blocks alone.
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { receivedWhen, startInstant } from "@/domain/mailbox/start";
import { plain } from "@/domain/message/plain";
import type { Emit } from "@/domain/probe/run-lines";
import type { PreviewRow } from "@/domain/probe/schema";
import { routingFacts } from "@/domain/routing/facts";
import { decideRoute } from "@/domain/routing/route";
import type { Rule } from "@/domain/routing/schema";
import { readRules } from "@/domain/routing/store-rules";
import type { TenantScope } from "@/domain/scope";
import { from, type Headers, parseHeaders } from "@/mail/headers";
import type { Listed, Listing, SourceSession } from "@/mail/source";
import type { WorkerContext } from "./room";

const newest = 20;

export interface Look {
  settings: MailboxSettings;
  source: SourceSession;
  listing: Listing;
  emit: Emit;
}

/** The newest mails: who would get each, and by which header. */
export async function preview(context: WorkerContext, scope: TenantScope, look: Look): Promise<void> {
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

/** When the provider received the oldest and the newest. POP3 tells of a header only, and lists in order of arrival. */
export async function agesOf(source: SourceSession, listing: Listing): Promise<{ oldest?: Date; newest?: Date }> {
  const known = listing.mails.flatMap(({ receivedAt }) => receivedAt ?? []);
  const times = known.length > 0 ? known : source.facts.canPeek ? await timesAtEnds(source, listing.mails) : [];
  if (times.length === 0) return {};
  const sorted = times.map((at) => at.getTime()).sort((a, b) => a - b);
  return { oldest: new Date(sorted[0] ?? 0), newest: new Date(sorted.at(-1) ?? 0) };
}

async function timesAtEnds(source: SourceSession, mails: Listed[]): Promise<Date[]> {
  const sorted = [...mails].sort((a, b) => a.number - b.number);
  const ends = [...new Set([sorted[0], sorted.at(-1)])].filter((mail) => mail !== undefined);
  const times: Date[] = [];
  for await (const answer of source.peek(ends)) {
    const at = "header" in answer ? receivedWhen(null, parseHeaders(answer.header)) : null;
    if (at) times.push(at);
  }
  return times;
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
  const facts = { ...routingFacts(headers), mailbox: settings.name, size: mail.size };
  const decision = decideRoute({ ...facts, headers }, settings.recipients, rules);
  const left = start !== null && received !== null && received < start;
  const [first] = decision.recipients;
  const acted = decision.rules.length > 0 ? `, rule ${decision.rules.map((name) => `“${name}”`).join(", ")}` : "";
  const via = decision.held ? `${decision.held.reasonKind}: held` : `${first?.via ?? ""}${acted}`;
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
