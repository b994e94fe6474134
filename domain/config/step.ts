// What each part of an import is given, and what all of them do the same way.
import type { TenantScope, Tx } from "@/domain/scope";
import { Refusal } from "@/lib/errors";
import type { PrivateKeys } from "@/lib/seal";
import type { Path } from "./read";

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
  /** the tenant goes to another site: a stored password was saved for the machines and the network of the old one */
  moved: boolean;
  /** collects a fault and goes on, so that one run names them all */
  fault(path: Path, message: string): void;
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
