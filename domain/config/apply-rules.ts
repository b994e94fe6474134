// Import of rules: they follow the file's order, those that it lacks after them.
import { redirectLoop } from "@/domain/routing/loop";
import type { Rule } from "@/domain/routing/schema";
import { auditMove, dropRule, type Move, saysTheSame, writeRule } from "@/domain/routing/write";
import type { Rule as Row } from "@/prisma/client/client";
import type { Path } from "./read";
import type { Step } from "./step";

/** Without the list itself (`written` undefined) all of them are unchanged, whatever --prune says. */
export async function applyRules(step: Step, written: Rule[] | undefined, path: Path): Promise<void> {
  const { tenantId } = step.scope;
  const files = written ?? [];
  const existing = await step.tx.rule.findMany({ where: { tenantId }, orderBy: { position: "asc" } });
  const lacking = existing.filter((row) => !files.some((file) => file.name === row.name));
  if (written === undefined) {
    for (const { name } of lacking) step.report.notes.push(`${of(step, name)}: not in the file, left as it is`);
    return;
  }
  const after = [...files, ...(step.options.prune ? [] : lacking)];
  const moves = movedBetween(existing, after);
  for (const [position, file] of files.entries()) {
    const loop = redirectLoop(files.slice(0, position + 1));
    if (loop) step.fault([...path, position, "then"], loop);
    const before = existing.find((row) => row.name === file.name) ?? null;
    await applyRule(step, file, { position, before, move: moves.get(file.name) });
  }
  for (const [index, row] of lacking.entries()) {
    if (step.options.prune) await removeRule(step, row);
    else await leaveRule(step, row, { position: files.length + index, move: moves.get(row.name) });
  }
}

interface Place {
  position: number;
  move: Move | undefined;
}

/** Whose place among those that stay is another one, counted from 1. A rule that is new or gone moves no other. */
function movedBetween(before: { name: string }[], after: { name: string }[]): Map<string, Move> {
  const names = (list: { name: string }[], other: { name: string }[]) =>
    list.map(({ name }) => name).filter((name) => other.some((one) => one.name === name));
  const [old, now] = [names(before, after), names(after, before)];
  const moves = now.map((name, index) => [name, { from: old.indexOf(name) + 1, to: index + 1 }] as const);
  return new Map(moves.filter(([, { from, to }]) => from !== to));
}

async function applyRule(step: Step, file: Rule, { position, before, move }: Place & { before: Row | null }) {
  const { tx, scope, report } = step;
  await writeRule(tx, scope, before, file, position);
  if (!before) report.changes.push(`${of(step, file.name)}: new`);
  else if (!saysTheSame(before, file)) report.changes.push(`${of(step, file.name)}: changed`);
  if (before && move) await noteMove(step, file.name, move);
}

async function removeRule(step: Step, row: Row): Promise<void> {
  await dropRule(step.tx, step.scope, row);
  step.report.changes.push(`${of(step, row.name)}: removed`);
}

async function leaveRule(step: Step, row: Row, { position, move }: Place): Promise<void> {
  const { tx, scope, report } = step;
  const key = { tenantId_id: { tenantId: scope.tenantId, id: row.id } };
  if (row.position !== position) await tx.rule.update({ where: key, data: { position } });
  if (move) await noteMove(step, row.name, move);
  report.notes.push(`${of(step, row.name)}: not in the file, left after its rules (--prune removes it)`);
}

async function noteMove(step: Step, name: string, move: Move): Promise<void> {
  await auditMove(step.tx, step.scope, name, move);
  step.report.changes.push(`${of(step, name)}: position: ${move.from} → ${move.to}`);
}

const of = (step: Step, name: string): string => `${step.slug}: rule “${name}”`;
