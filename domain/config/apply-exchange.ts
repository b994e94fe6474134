// Import of a tenant's Exchange server.
import { exchangeIn } from "@/domain/exchange/store";
import { writeExchange } from "@/domain/exchange/store-write";
import { sqlOfPrisma } from "@/domain/scope";
import { openSecret } from "@/domain/secret/store";
import { mergeExchange } from "./merge";
import type { Path } from "./read";
import type { FileExchange } from "./schema";
import { passwordGiven, refusalsAt, reportChanges, type Step } from "./step";

export async function applyExchange(step: Step, file: FileExchange, path: Path): Promise<void> {
  const before = await exchangeIn(step.tx, step.scope);
  const merged = mergeExchange(before?.settings ?? null, file);
  if (!merged.ok) {
    for (const { path: at, message } of merged.faults) step.fault([...path, ...at], message);
    return;
  }
  const given = passwordGiven(step, file, path);
  if (given !== undefined && merged.settings.username === "") {
    // Here and not only at the store: a password that is stored already would not get that far.
    step.fault([...path, file.password ? "password" : "passwordEnv"], passwordAlone);
    return;
  }
  const password = await changedPassword(step, before?.id ?? null, given);
  if (step.moved && before?.hasPassword && merged.settings.username !== "" && password === undefined) {
    step.fault([...path, "password"], siteChanged);
    return;
  }
  if (merged.settings.username !== "" && password === undefined && !before?.hasPassword) {
    step.fault(
      [...path, "password"],
      `User name ${merged.settings.username} needs its password: give password or passwordEnv.`,
    );
    return;
  }
  const written = await refusalsAt(step, path, () =>
    writeExchange(step.tx, step.scope, merged.settings, { password, by: step.scope.actor.name }),
  );
  if (!written) return;
  reportChanges(step, "exchange", written.changes, before === null);
  step.report.notes.push(...written.warnings.map((warning) => `${step.slug}: exchange: ${warning}`));
}

const passwordAlone = "A password needs its user name: add username, or leave the password out.";

export const siteChanged = "The tenant's site changed: give the password again (password or passwordEnv).";

/** A file that moves a tenant and leaves out its server would take the stored password along. */
export async function refuseStoredForOldSite(step: Step, path: Path): Promise<void> {
  if (!step.moved) return;
  const before = await exchangeIn(step.tx, step.scope);
  if (before?.hasPassword) step.fault([...path, "site"], `${siteChanged} It is that of the Exchange server.`);
}

/** The file's password when it differs from the stored one; without the private key it counts as changed. */
export async function changedPassword(
  step: Step,
  rowId: string | null,
  given: string | undefined,
): Promise<string | undefined> {
  if (given === undefined || rowId === null || !step.options.keys || step.moved) return given;
  const stored = await openSecret(sqlOfPrisma(step.tx), step.scope, step.options.keys, rowId, "password").catch(
    () => null,
  );
  return stored === given ? undefined : given;
}
