// Mailboxes that an import brought in stopped: what is in each by its last look, and starting all that can be started.
import { writeAudit } from "@/domain/audit/write";
import { lockTenant } from "@/domain/exchange/store-write";
import { inTenant, sqlOfPrisma, type TenantScope } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import { type MailboxRow, mailboxesIn } from "./store";
import { setState } from "./store-run";

export interface Look {
  /** nobody has an answer yet: a worker is at it, or it waits for its turn */
  going: false | "waiting" | "running";
  /** of one round, all the same */
  asked: Date;
  at: Date;
  /** what is wrong with the mailbox; "" when nothing is, or nobody knows */
  fault: string;
  /** why nobody knows: the look was cut short, or had no answer in its time; "" when it had one */
  unknown: string;
  count: number;
  bytes: number;
  /** some servers list only a part */
  atLeast: boolean;
  oldest: Date | null;
  newest: Date | null;
}

export interface StoppedMailbox {
  id: string;
  name: string;
  username: string;
  host: string;
  start: string;
  after: MailboxRow["settings"]["after"];
  hasPassword: boolean;
  /** null: nobody has looked into it yet */
  look: Look | null;
}

export const importedStopped = (row: Pick<MailboxRow, "state" | "reasonKind">): boolean =>
  row.state === "stopped" && (row.reasonKind === "imported" || row.reasonKind === "no-password");

/** It would sign in for all that is known: it has a password, and its last look found nothing wrong. */
export const canStart = ({ hasPassword, look }: StoppedMailbox): boolean =>
  hasPassword && !(look && !look.going && look.fault !== "");

export const stoppedMailboxes = (scope: TenantScope): Promise<StoppedMailbox[]> =>
  inTenant(scope, async (tx) => {
    const rows = (await mailboxesIn(tx, scope)).filter(importedStopped);
    const looks = await sqlOfPrisma(tx).query<LookRow>(
      `select distinct on (subject_id) subject_id as id, state, requested_at as asked,
         coalesce(finished_at, requested_at) as at, verdict ->> 'field' as field,
         verdict -> 'facts' ->> 'kind' as kind, verdict -> 'facts' ->> 'why' as why,
         verdict ->> 'sentence' as sentence, verdict ->> 'ok' = 'true' as ok,
         coalesce((verdict -> 'facts' ->> 'count')::int, 0) as count,
         coalesce((verdict -> 'facts' ->> 'bytes')::float8, 0) as bytes,
         coalesce((verdict -> 'facts' ->> 'atLeast')::boolean, false) as "atLeast",
         (verdict -> 'facts' ->> 'oldest')::timestamptz as oldest, (verdict -> 'facts' ->> 'newest')::timestamptz as newest
       from probe where tenant_id = $1::uuid and kind = 'mailbox' and subject_id = any ($2::uuid[])
         and input ->> 'countOnly' = 'true'
       order by subject_id, requested_at desc`,
      [scope.tenantId, rows.map(({ id }) => id)],
    );
    return rows.map(({ id, settings, hasPassword }) => {
      const { name, username, host, start, after } = settings;
      const found = looks.find((look) => look.id === id);
      return { id, name, username, host, start, after, hasPassword, look: found ? lookOf(found) : null };
    });
  });

interface LookRow extends Omit<Look, "going" | "fault" | "unknown"> {
  id: string;
  state: string;
  field: string | null;
  kind: string | null;
  why: string | null;
  sentence: string | null;
  ok: boolean | null;
}

const lookOf = (row: LookRow): Look => {
  const { state, sentence, ok, asked, at, count, bytes, atLeast, oldest, newest } = row;
  const going = state === "waiting" || state === "running" ? state : false;
  const words = going || ok ? "" : (sentence ?? "The look was stopped.");
  const known = hasVerdict(row);
  return {
    going,
    asked,
    at,
    fault: known ? words : "",
    unknown: known ? "" : words,
    count,
    bytes,
    atLeast,
    oldest,
    newest,
  };
};

/** An answer of the mailbox's server, or a field that has to be changed. Silence, a lost line and a busy mailbox are none. */
const hasVerdict = ({ state, field, kind, why }: LookRow): boolean =>
  state === "done" ? kind !== "busy" && !silences.includes(why ?? "") : field !== null;
const silences = ["timeout", "cut", "slow", "aborted"];

/** Those of these ids that an import stopped and that have a password; what others did to the rest meanwhile stays. */
export const startImported = (scope: TenantScope, ids: string[]): Promise<{ started: number }> =>
  inTenant(scope, async (tx) => {
    await lockTenant(tx, scope);
    // The state before anything else of a mailbox, as sessions do; in one order, so that two people don't wait for each other.
    await tx.$queryRaw`select 1 from mailbox_state
      where tenant_id = ${scope.tenantId}::uuid and mailbox_id = any (${ids}::uuid[]) order by mailbox_id for update`;
    const rows = (await mailboxesIn(tx, scope)).filter(
      (row) => ids.includes(row.id) && importedStopped(row) && row.hasPassword,
    );
    if (rows.length === 0)
      throw new Refusal("None of these mailboxes is stopped any more: somebody started or removed them.");
    for (const row of rows) {
      await setState(tx, scope, row.id, { state: "active", dueAt: new Date(), reason: null, reasonKind: null });
      await writeAudit(tx, scope, { action: "mailbox.start", target: row.settings.name, targetId: row.id });
    }
    await tx.$executeRaw`select pg_notify('mailferry', 'mailbox')`;
    return { started: rows.length };
  });
