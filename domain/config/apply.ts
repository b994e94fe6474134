// Import: the whole file in one transaction, all or nothing. A check runs the same and then takes everything back, so that
// what it lists is exactly what the import would do.
import type { Actor, TenantScope, Tx } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { PrivateKeys } from "@/lib/seal";
import { applyExchange } from "./apply-exchange";
import { applyMailboxes } from "./apply-mailboxes";
import { applyMembers } from "./apply-members";
import { applyRules } from "./apply-rules";
import { applyTenant, changedInPortal } from "./apply-tenant";
import type { FileFault, Located, Path } from "./read";

export interface ApplyOptions {
  check: boolean;
  prune: boolean;
  stopped: boolean;
  /** null without the private key: every password in the file then counts as changed */
  keys: PrivateKeys | null;
  env: Record<string, string | undefined>;
  now: Date;
}

export interface Report {
  /** one line per change, "contoso: mailbox info: pollSeconds: 300 → 60" */
  changes: string[];
  /** what the file does not name and stays, stops, changes made in the portal since the last import, warnings */
  notes: string[];
  /** e-mail → one-time link's path, for members without a password */
  invitations: { email: string; path: string }[];
}

/** What each part of the import is given. */
export interface Step {
  tx: Tx;
  scope: TenantScope;
  slug: string;
  options: ApplyOptions;
  report: Report;
  /** collects a fault and goes on, so that one run names them all */
  fault(path: Path, message: string): void;
}

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
  shared: Omit<Step, "scope" | "slug">;
  tenant: Located["config"]["tenants"][number];
  path: Path;
}

async function applyOne({ db, actor, shared, tenant, path }: One): Promise<void> {
  const id = await applyTenant(shared, db, tenant, path);
  if (id === null) return;
  const scope = mintScope(db, id, actor);
  await shared.tx.$executeRaw`select set_config('mailferry.tenant', ${id}, true)`;
  const step: Step = { ...shared, scope, slug: tenant.slug };
  if (shared.options.check) shared.report.notes.push(...(await changedInPortal(step)));
  if (tenant.exchange) await applyExchange(step, tenant.exchange, [...path, "exchange"]);
  await applyMailboxes(step, tenant.mailboxes ?? [], [...path, "mailboxes"]);
  await applyRules(step, tenant.rules ?? [], [...path, "rules"]);
  await shared.tx.tenant.update({ where: { id }, data: { importedAt: shared.options.now } });
}

/** Runs a store's write; its refusals become faults at the field's own line. */
export async function refusalsAt<T>(step: Pick<Step, "fault">, path: Path, work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const fields = Object.entries(error.fields ?? {});
    if (fields.length === 0) step.fault(path, error.message);
    for (const [field, message] of fields) step.fault([...path, ...field.split(".")], message);
    return null;
  }
}

/** The password that the file gives: typed, or from the importer's environment. Undefined when it gives none. */
export function passwordGiven(
  step: Pick<Step, "fault" | "options">,
  entry: { password?: string | null | undefined; passwordEnv?: string | undefined },
  path: Path,
): string | undefined {
  if (entry.password) return entry.password;
  if (!entry.passwordEnv) return undefined;
  const value = step.options.env[entry.passwordEnv];
  if (!value)
    step.fault([...path, "passwordEnv"], `The variable ${entry.passwordEnv} is not set here. Set it for the import.`);
  else if (/[\r\n\0]/.test(value))
    step.fault([...path, "passwordEnv"], `The variable ${entry.passwordEnv} holds a line break. Set it without.`);
  return value || undefined;
}

/** Values as a person reads them in "old → new". */
export function shown(value: unknown): string {
  if (value === undefined || value === null || value === "") return "–";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Adds a line for each changed field. */
export function reportChanges(
  step: Pick<Step, "report" | "slug">,
  what: string,
  changes: Record<string, { from: unknown; to: unknown } | "changed">,
  isNew: boolean,
): void {
  if (isNew) {
    step.report.changes.push(`${step.slug}: ${what}: new`);
    return;
  }
  for (const [field, change] of Object.entries(changes)) {
    const words = change === "changed" ? "changed" : `${shown(change.from)} → ${shown(change.to)}`;
    step.report.changes.push(`${step.slug}: ${what}: ${field}: ${words}`);
  }
}
