// Asks a worker for a test of settings, and reads the conversation back. The portal itself never dials anybody.
import { may, type Role } from "@/domain/access";
import { writeAudit } from "@/domain/audit/write";
import { passwordNeededAgain } from "@/domain/exchange/password-again";
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { exchangeIn } from "@/domain/exchange/store";
import { lockTenant } from "@/domain/exchange/store-write";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { sourcePasswordNeededAgain } from "@/domain/mailbox/source";
import { isId, mailboxIn } from "@/domain/mailbox/store";
import { inTenant, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { putSecret } from "@/domain/secret/store";
import { Refusal } from "@/lib/errors";
import type { ProbeInput, ProbeLine, ProbeLineKind, ProbePassword, ProbeVerdict } from "./schema";

export type ProbeAsk =
  | { kind: "exchange"; settings: ExchangeSettings; password?: string | undefined; receivers?: boolean }
  | { kind: "mailbox"; mailboxId: string | null; settings: MailboxSettings; password?: string | undefined };

const most = 10;
const windowMinutes = 5;

/** The probe's id. Whether the values are the saved ones is found out here; what the form says about it doesn't count. */
export const askProbe = (scope: TenantScope, role: Role, ask: ProbeAsk): Promise<string> =>
  inTenant(scope, async (tx) => {
    const site = await lockTenant(tx, scope);
    const stored = await storedFor(tx, scope, ask);
    refuseUnlessMay(role, ask, stored);
    await refuseTooMany(tx, scope);
    const password = passwordSource(ask, stored);
    // The brackets of the union are what the compiler can't see through here: kind and settings come from one `ask`.
    const receivers = ask.kind === "exchange" && ask.receivers === true;
    const input = { kind: ask.kind, settings: ask.settings, password, ...(receivers && { receivers }) } as ProbeInput;
    const probe = await tx.probe.create({
      data: {
        tenantId: scope.tenantId,
        kind: ask.kind,
        subjectId: stored?.id ?? null,
        site,
        input: JSON.parse(JSON.stringify(input)),
        requestedBy: scope.actor.name,
      },
    });
    if (password === "typed") await putSecret(sqlOfPrisma(tx), scope, probe.id, "password", ask.password ?? "");
    await writeAudit(tx, scope, {
      action: receivers ? "notice.test" : `${ask.kind}.test`,
      target: ask.kind === "exchange" ? ask.settings.host : ask.settings.name || ask.settings.host,
      targetId: stored?.id ?? probe.id,
      changes: stored?.same && password !== "typed" ? {} : { values: { from: "saved", to: "as typed" } },
    });
    await tx.$executeRaw`select pg_notify('mailferry', 'probe')`;
    return probe.id;
  });

interface Stored {
  id: string;
  hasPassword: boolean;
  /** the values asked for are the saved ones */
  same: boolean;
  /** fields whose change keeps the stored password from being used */
  again: string[];
}

async function storedFor(tx: Tx, scope: TenantScope, ask: ProbeAsk): Promise<Stored | null> {
  switch (ask.kind) {
    case "exchange": {
      const row = await exchangeIn(tx, scope);
      if (!row) return null;
      const same = sameExceptPaused(row.settings, ask.settings);
      return { id: row.id, hasPassword: row.hasPassword, same, again: passwordNeededAgain(row.settings, ask.settings) };
    }
    case "mailbox": {
      if (ask.mailboxId === null) return null;
      const row = await mailboxIn(tx, scope, ask.mailboxId);
      if (!row) throw new Refusal("This mailbox is not there any more: somebody removed it.");
      const same = sameExceptPaused(row.settings, ask.settings);
      const again = sourcePasswordNeededAgain(row.settings, ask.settings);
      return { id: row.id, hasPassword: row.hasPassword, same, again };
    }
  }
}

/** Pausing has no part in a test. Key order is not compared. */
function sameExceptPaused<T extends { paused: boolean }>(saved: T, asked: T): boolean {
  return plain({ ...saved, paused: false }) === plain({ ...asked, paused: false });
}

const plain = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

function refuseUnlessMay(role: Role, ask: ProbeAsk, stored: Stored | null): void {
  if (may(role, `${ask.kind}.edit`)) return;
  const saved = stored?.same === true && !ask.password;
  if (saved && may(role, `${ask.kind}.test-saved`)) return;
  throw new Refusal(
    saved
      ? "Your role may look at these settings, but not test them: ask an operator."
      : "Your role may test saved values only. Put them back, or ask an admin to test yours.",
  );
}

async function refuseTooMany(tx: Tx, scope: TenantScope): Promise<void> {
  // Counted by the database's clock, which every portal shares; the tenant's lock makes the count exact.
  const rows = await tx.$queryRaw<{ seconds: number }[]>`
    select ceil(extract(epoch from requested_at + make_interval(mins => ${windowMinutes}::int) - now()))::int as seconds
    from probe where tenant_id = ${scope.tenantId}::uuid and input ->> 'countOnly' is null
      and requested_at > now() - make_interval(mins => ${windowMinutes}::int)
    order by requested_at desc limit ${most}::int`;
  const oldest = rows[most - 1];
  if (!oldest) return;
  const wait =
    oldest.seconds >= 90 ? `${Math.ceil(oldest.seconds / 60)} minutes` : `${Math.max(1, oldest.seconds)} seconds`;
  throw new Refusal(`${most} tests in ${windowMinutes} minutes are the most. The next one is possible in ${wait}.`);
}

function passwordSource(ask: ProbeAsk, stored: Stored | null): ProbePassword {
  if (ask.settings.username === "") return "none";
  if (ask.password) return "typed";
  if (!stored?.hasPassword)
    throw new Refusal("Nothing was tested.", {
      password: `Give the password of ${ask.settings.username} to test with it.`,
    });
  if (stored.again.length > 0)
    throw new Refusal("Nothing was tested.", {
      password: "The stored password is used only where it was saved for. Give it again to test these values.",
    });
  return "stored";
}

export type ProbeState = "waiting" | "running" | "done" | "stopped" | "failed";

export interface ProbeView {
  id: string;
  kind: "exchange" | "mailbox";
  state: ProbeState;
  worker: string | null;
  site: string;
  /** whether some worker of the site beats: if none does, nobody will take the test */
  attended: boolean;
  requestedAt: Date;
  finishedAt: Date | null;
  lines: ProbeLine[];
  verdict: ProbeVerdict | null;
}

/** The probe with its lines from number `afterN` on (exclusive); null when there is none. */
export const readProbe = (scope: TenantScope, id: string, afterN = 0): Promise<ProbeView | null> =>
  inTenant(scope, async (tx) => {
    if (!isId(id)) return null;
    const { tenantId } = scope;
    const row = await tx.probe.findUnique({ where: { tenantId_id: { tenantId, id } } });
    if (!row) return null;
    const lines = await tx.probeLine.findMany({
      where: { tenantId, probeId: id, n: { gt: afterN } },
      orderBy: { n: "asc" },
      take: 500,
    });
    const beats = await tx.$queryRaw<{ attended: boolean }[]>`
      select exists (select 1 from worker where ${row.site} = any (sites) and not stopping
        and beat_at > now() - interval '2 minutes') as attended`;
    return {
      id,
      // Written by askProbe and the worker only, through the types of ./schema.
      kind: row.kind as ProbeView["kind"],
      state: row.state as ProbeState,
      worker: row.worker,
      site: row.site,
      attended: beats[0]?.attended ?? false,
      requestedAt: row.requestedAt,
      finishedAt: row.finishedAt,
      lines: lines.map((line) => ({
        n: line.n,
        ms: line.ms,
        kind: line.kind as ProbeLineKind,
        text: line.text,
        facts: line.facts as ProbeLine["facts"],
      })),
      verdict: row.verdict as ProbeVerdict | null,
    };
  });

/** Stops one that waits at once; one that runs is told, and ends at its next step. */
export const stopProbe = (scope: TenantScope, id: string): Promise<void> =>
  inTenant(scope, async (tx) => {
    if (!isId(id)) throw new Refusal("This test is not there any more.");
    const asked = await tx.$executeRaw`
      update probe set stop_requested = true,
        state = case when state = 'waiting' then 'stopped' else state end,
        finished_at = case when state = 'waiting' then now() else finished_at end
      where tenant_id = ${scope.tenantId}::uuid and id = ${id}::uuid and state in ('waiting', 'running')`;
    if (asked > 0) await tx.$executeRaw`select pg_notify('mailferry', 'probe')`;
  });
