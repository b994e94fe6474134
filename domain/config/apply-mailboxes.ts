// Import of mailboxes: by name; a new name with the source of a mailbox that the file lacks is that mailbox, renamed.
import { sourceOf } from "@/domain/mailbox/schema";
import { type MailboxRow, mailboxesIn } from "@/domain/mailbox/store";
import { removeMailboxIn } from "@/domain/mailbox/store-remove";
import { writeMailbox } from "@/domain/mailbox/store-write";
import { changedPassword, siteChanged } from "./apply-exchange";
import { mergeMailbox } from "./merge";
import type { Path } from "./read";
import type { FileMailbox } from "./schema";
import { passwordGiven, refusalsAt, reportChanges, type Step } from "./step";

/** Without the list itself (`written` undefined) all of them are unchanged, whatever --prune says. */
export async function applyMailboxes(step: Step, written: FileMailbox[] | undefined, path: Path): Promise<void> {
  const files = written ?? [];
  const existing = await mailboxesIn(step.tx, step.scope);
  const named = new Set(files.map((file) => file.name));
  const lacking = existing.filter((row) => !named.has(row.settings.name));
  const renamed = new Set<string>();
  for (const [index, file] of files.entries()) {
    const at = [...path, index];
    const same = existing.find((row) => row.settings.name === file.name);
    const before = same ?? lacking.find((row) => !renamed.has(row.id) && hasSourceOf(row, file)) ?? null;
    if (before && !same) renamed.add(before.id);
    await applyMailbox(step, file, before, at);
  }
  for (const row of lacking.filter((row) => !renamed.has(row.id)))
    await missing(step, row, path, written !== undefined);
}

const hasSourceOf = ({ settings }: MailboxRow, file: FileMailbox): boolean =>
  file.protocol !== undefined &&
  file.host !== undefined &&
  file.username !== undefined &&
  sourceOf(settings) ===
    sourceOf({ protocol: file.protocol, host: file.host, username: file.username, folder: file.folder ?? "INBOX" });

async function applyMailbox(step: Step, file: FileMailbox, before: MailboxRow | null, path: Path): Promise<void> {
  const merged = mergeMailbox(before?.settings ?? null, file, step.options.now);
  if (!merged.ok) {
    for (const { path: at, message } of merged.faults) step.fault([...path, ...at], message);
    return;
  }
  const password = await changedPassword(step, before?.id ?? null, passwordGiven(step, file, path));
  if (step.moved && before?.hasPassword && password === undefined) {
    step.fault([...path, "password"], siteChanged);
    return;
  }
  const stopped = before ? undefined : stopOfNew(step, file, password);
  const written = await refusalsAt(step, path, () =>
    writeMailbox(step.tx, step.scope, before?.id ?? null, merged.settings, {
      password,
      by: step.scope.actor.name,
      now: step.options.now,
      stopped,
    }),
  );
  if (!written) return;
  reportChanges(step, `mailbox ${before?.settings.name ?? file.name}`, written.changes, before === null);
  if (stopped) step.report.notes.push(`${step.slug}: mailbox ${file.name}: comes in stopped: ${stopped.reason}`);
  else if (before?.state === "stopped") {
    step.report.notes.push(
      `${step.slug}: mailbox ${file.name}: stays stopped: ${before.reason ?? ""} Only a person starts it.`,
    );
  }
}

/** Why a new mailbox does not collect yet; undefined when it does. */
function stopOfNew(step: Step, file: FileMailbox, password: string | undefined) {
  if (password === undefined)
    return { kind: "no-password", reason: "It came without a password. Give it, then start it." };
  if (step.options.stopped || file.stopped) {
    return { kind: "imported", reason: "It was imported stopped. Start it when you are ready." };
  }
  return undefined;
}

async function missing(step: Step, row: MailboxRow, path: Path, listed: boolean): Promise<void> {
  const name = row.settings.name;
  if (!step.options.prune || !listed) {
    if (step.moved && row.hasPassword) step.fault(path, `${siteChanged} It is that of the mailbox ${name}.`);
    step.report.notes.push(
      `${step.slug}: mailbox ${name}: not in the file, left as it is${listed ? " (--prune removes it)" : ""}`,
    );
    return;
  }
  const removed = await refusalsAt(step, path, () => removeMailboxIn(step.tx, step.scope, row.id).then(() => true));
  if (removed) step.report.changes.push(`${step.slug}: mailbox ${name}: removed`);
}
