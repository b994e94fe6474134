// Import: the whole file in one transaction, all or nothing. A check runs the same and then takes everything back, so that
// what it lists is exactly what the import would do.
import type { Actor, Tx } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { applyExchange, refuseStoredForOldSite } from "./apply-exchange";
import { applyMailboxes } from "./apply-mailboxes";
import { applyMembers } from "./apply-members";
import { applyRules } from "./apply-rules";
import { applyTenant, changedInPortal } from "./apply-tenant";
import type { FileFault, Located, Path } from "./read";
import type { ApplyOptions, Report, Step } from "./step";

export type Applied = { ok: true; report: Report } | { ok: false; faults: FileFault[] };

class TakeBack extends Error {}

export async function applyConfig(db: Db, file: Located, options: ApplyOptions): Promise<Applied> {
  const faults: FileFault[] = [];
  const report: Report = { changes: [], notes: [], invitations: [] };
  const actor: Actor = { kind: "command", name: "import" };
  const work = async (tx: Tx) => {
    const shared = {
      tx,
      options,
      report,
      fault: (path: Path, message: string) => faults.push(file.faultAt(path, message)),
    };
    for (const [index, tenant] of file.config.tenants.entries()) {
      await applyOne({ db, actor, shared, tenant, path: ["tenants", index] });
    }
    await applyMembers(shared, db, actor, file.config.members);
    if (faults.length > 0 || options.check) throw new TakeBack();
  };
  try {
    await db.prisma.$transaction(work, { timeout: 600_000, maxWait: 30_000 });
  } catch (error) {
    if (!(error instanceof TakeBack)) throw error;
  }
  return faults.length > 0 ? { ok: false, faults: faults.sort((a, b) => a.line - b.line) } : { ok: true, report };
}

interface One {
  db: Db;
  actor: Actor;
  shared: Omit<Step, "scope" | "slug" | "moved">;
  tenant: Located["config"]["tenants"][number];
  path: Path;
}

async function applyOne({ db, actor, shared, tenant, path }: One): Promise<void> {
  const applied = await applyTenant(shared, db, tenant, path);
  if (applied === null) return;
  const { id, moved } = applied;
  const scope = mintScope(db, id, actor);
  await shared.tx.$executeRaw`select set_config('mailferry.tenant', ${id}, true)`;
  const step: Step = { ...shared, scope, slug: tenant.slug, moved };
  if (shared.options.check) shared.report.notes.push(...(await changedInPortal(step)));
  if (tenant.exchange) await applyExchange(step, tenant.exchange, [...path, "exchange"]);
  else await refuseStoredForOldSite(step, path);
  await applyMailboxes(step, tenant.mailboxes, [...path, "mailboxes"]);
  await applyRules(step, tenant.rules, [...path, "rules"]);
  await shared.tx.tenant.update({ where: { id }, data: { importedAt: shared.options.now } });
}
