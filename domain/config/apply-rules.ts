// Import of rules: they follow the file's order, those that it lacks after them.
import { isDeepStrictEqual } from "node:util";
import { writeAudit } from "@/domain/audit/write";
import { redirectLoop } from "@/domain/routing/loop";
import type { Rule } from "@/domain/routing/schema";
import type { Path } from "./read";
import type { Step } from "./step";

export async function applyRules(step: Step, files: Rule[], path: Path): Promise<void> {
  const { tx, scope, slug, report, options } = step;
  const { tenantId } = scope;
  const existing = await tx.rule.findMany({ where: { tenantId }, orderBy: { position: "asc" } });
  const lacking = existing.filter((row) => !files.some((file) => file.name === row.name));
  for (const [position, file] of files.entries()) {
    const loop = redirectLoop(files.slice(0, position + 1));
    if (loop) step.fault([...path, position, "then"], loop);
    const before = existing.find((row) => row.name === file.name);
    const data = {
      position,
      name: file.name,
      conditions: json(file.when),
      outcome: json(file.then),
      continues: file.continue,
    };
    if (!before) {
      await tx.rule.create({ data: { tenantId, ...data } });
      report.changes.push(`${slug}: rule “${file.name}”: new`);
    } else if (!same(before, data)) {
      await tx.rule.update({ where: { tenantId_id: { tenantId, id: before.id } }, data });
      report.changes.push(`${slug}: rule “${file.name}”: changed`);
    } else continue;
    await writeAudit(tx, scope, {
      action: "rule.save",
      target: file.name,
      changes: { rule: { from: before ? "changed" : null, to: file } },
    });
  }
  for (const [index, row] of lacking.entries()) {
    if (options.prune) {
      await tx.rule.delete({ where: { tenantId_id: { tenantId, id: row.id } } });
      await writeAudit(tx, scope, { action: "rule.remove", target: row.name });
      report.changes.push(`${slug}: rule “${row.name}”: removed`);
      continue;
    }
    const position = files.length + index;
    if (row.position !== position)
      await tx.rule.update({ where: { tenantId_id: { tenantId, id: row.id } }, data: { position } });
    report.notes.push(`${slug}: rule “${row.name}”: not in the file, left after its rules (--prune removes it)`);
  }
}

/** Through JSON and back: what the database will hold, without keys that are undefined. */
const json = (value: object) => JSON.parse(JSON.stringify(value));

interface Stored {
  position: number;
  conditions: unknown;
  outcome: unknown;
  continues: boolean;
}
const same = (a: Stored, b: Stored): boolean =>
  a.position === b.position &&
  a.continues === b.continues &&
  isDeepStrictEqual(a.conditions, b.conditions) &&
  isDeepStrictEqual(a.outcome, b.outcome);
