// The tenant's mailboxes as pages see them: settings, whether a password is stored, and what the last polls brought.
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import type { Mailbox, MailboxState } from "@/prisma/client/client";
import type { MailboxSettings } from "./schema";
import { settingsOfMailbox } from "./store-row";

export type PollResult = "ok" | "nothing-new" | "partial" | "refused" | "unreachable" | "busy" | "error";

export interface MailboxCounts {
  /** collected and, as far as we know, still at the source */
  stored: number;
  /** left out by `start`, and not asked for since */
  skipped: number;
  /** could not be collected; tried again later */
  bad: number;
}

export interface MailboxRow {
  id: string;
  settings: MailboxSettings;
  hasPassword: boolean;
  version: number;
  updatedAt: Date;
  updatedBy: string;
  state: "active" | "paused" | "stopped";
  reasonKind: string | null;
  reason: string | null;
  /** a session goes on right now */
  collecting: boolean;
  lastPollAt: Date | null;
  lastResult: PollResult | null;
  lastError: string | null;
  lastReply: string | null;
  lastNew: number;
  nextPollAt: Date | null;
  failingSince: Date | null;
  failures: number;
  /** when a session that worked began, with the place and password that are saved now */
  workedAt: Date | null;
  listed: number | null;
  listedBytes: number | null;
  certificate: unknown;
  /** it was started without anybody having said who gets its mail */
  recipientsSkipped: boolean;
  counts: MailboxCounts;
}

export const listMailboxes = (scope: TenantScope): Promise<MailboxRow[]> =>
  inTenant(scope, (tx) => mailboxesIn(tx, scope));

export const readMailbox = (scope: TenantScope, id: string): Promise<MailboxRow | null> =>
  inTenant(scope, (tx) => mailboxIn(tx, scope, id));

/** Whether text can be an id at all: Postgres would refuse the statement, a page says "not found". */
export const isId = (text: string): boolean => /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text);

export async function mailboxIn(tx: Tx, scope: TenantScope, id: string): Promise<MailboxRow | null> {
  if (!isId(id)) return null;
  return (await mailboxesIn(tx, scope, id))[0] ?? null;
}

/** All, in the order of their names, or the one with this id. */
export async function mailboxesIn(tx: Tx, scope: TenantScope, id?: string): Promise<MailboxRow[]> {
  const { tenantId } = scope;
  const one = id === undefined ? {} : { id };
  const rows = await tx.mailbox.findMany({ where: { tenantId, ...one }, orderBy: { name: "asc" } });
  if (rows.length === 0) return [];
  const ids = rows.map((row) => row.id);
  const states = await tx.mailboxState.findMany({ where: { tenantId, mailboxId: { in: ids } } });
  const counts = await countsIn(tx, scope, ids);
  const passwords = await tx.$queryRaw<{ row_id: string }[]>`
    select row_id from secret where tenant_id = ${tenantId}::uuid and field = 'password' and row_id = any (${ids}::uuid[])`;
  const clock = await tx.$queryRaw<{ now: Date }[]>`select now() as now`;
  const now = clock[0]?.now ?? new Date();
  return rows.map((row) => {
    const state = states.find((s) => s.mailboxId === row.id);
    if (!state) throw new Error(`mailbox ${row.id} has no state row`);
    const hasPassword = passwords.some((secret) => secret.row_id === row.id);
    return view(row, state, { hasPassword, now, counts: counts.get(row.id) ?? { stored: 0, skipped: 0, bad: 0 } });
  });
}

async function countsIn(tx: Tx, scope: TenantScope, ids: string[]): Promise<Map<string, MailboxCounts>> {
  const rows = await tx.$queryRaw<({ mailbox_id: string } & MailboxCounts)[]>`
    select mailbox_id, count(*) filter (where state = 'stored')::int as stored,
      count(*) filter (where state = 'skipped' and wanted_at is null)::int as skipped,
      count(*) filter (where state = 'bad')::int as bad
    from identity where tenant_id = ${scope.tenantId}::uuid and mailbox_id = any (${ids}::uuid[]) and state <> 'closed'
    group by mailbox_id`;
  return new Map(rows.map(({ mailbox_id, ...counts }) => [mailbox_id, counts]));
}

function view(
  row: Mailbox,
  state: MailboxState,
  { hasPassword, now, counts }: { hasPassword: boolean; now: Date; counts: MailboxCounts },
): MailboxRow {
  return {
    id: row.id,
    settings: settingsOfMailbox(row, state.state === "paused"),
    hasPassword,
    version: row.version,
    updatedAt: row.updatedAt,
    updatedBy: row.updatedBy,
    // The columns' check constraints hold exactly these words.
    state: state.state as MailboxRow["state"],
    reasonKind: state.reasonKind,
    reason: state.reason,
    collecting: state.leaseUntil !== null && state.leaseUntil > now,
    lastPollAt: state.lastPollAt,
    lastResult: state.lastResult as PollResult | null,
    lastError: state.lastError,
    lastReply: state.lastReply,
    lastNew: state.lastNew,
    nextPollAt: state.state === "active" ? state.dueAt : null,
    failingSince: state.failingSince,
    failures: state.failures,
    workedAt: state.workedAt,
    listed: state.listed,
    listedBytes: state.listedBytes === null ? null : Number(state.listedBytes),
    certificate: state.certificate,
    recipientsSkipped: state.recipientsSkipped,
    counts,
  };
}
