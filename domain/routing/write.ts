// A rule's row: made, changed, removed and moved, each with its audit entry. The portal's page and an import write by these.
import { isDeepStrictEqual } from "node:util";
import { writeAudit } from "@/domain/audit/write";
import type { TenantScope, Tx } from "@/domain/scope";
import type { Rule as Row } from "@/prisma/client/client";
import type { Rule } from "./schema";

export interface Said {
  conditions: object;
  outcome: object;
  continues: boolean;
}

/** Through JSON and back: what the database will hold, without keys that are undefined. */
export const saidOf = (rule: Rule): Said => ({
  conditions: JSON.parse(JSON.stringify(rule.when)),
  outcome: JSON.parse(JSON.stringify(rule.then)),
  continues: rule.continue,
});

export const saysTheSame = (row: Row, rule: Rule): boolean => {
  const { conditions, outcome, continues } = saidOf(rule);
  return (
    row.continues === continues &&
    isDeepStrictEqual(row.conditions, conditions) &&
    isDeepStrictEqual(row.outcome, outcome)
  );
};

/** Makes the rule, or changes the row `before`. Nothing is written, and no version made, where nothing changes. */
export async function writeRule(
  tx: Tx,
  scope: TenantScope,
  before: Row | null,
  rule: Rule,
  position: number,
): Promise<{ id: string; version: number }> {
  const { tenantId } = scope;
  const data = { name: rule.name, ...saidOf(rule) };
  const fresh = { updatedBy: scope.actor.name, updatedAt: new Date() };
  if (!before) {
    const { id } = await tx.rule.create({ data: { tenantId, position, ...data, ...fresh } });
    await auditRule(tx, scope, null, rule, id);
    return { id, version: 1 };
  }
  const { id } = before;
  const changed = before.name !== rule.name || !saysTheSame(before, rule);
  const version = before.version + (changed ? 1 : 0);
  if (changed || before.position !== position)
    await tx.rule.update({
      where: { tenantId_id: { tenantId, id } },
      data: { position, ...(changed ? { ...data, ...fresh, version } : {}) },
    });
  if (changed) await auditRule(tx, scope, before, rule, id);
  return { id, version };
}

const wordsOf = ({ conditions, outcome, continues }: Pick<Row, "conditions" | "outcome" | "continues">) => ({
  when: conditions,
  then: outcome,
  continue: continues,
});

async function auditRule(tx: Tx, scope: TenantScope, before: Row | null, rule: Rule, id: string): Promise<void> {
  const renamed = before && before.name !== rule.name ? { name: { from: before.name, to: rule.name } } : {};
  const changes = {
    ...renamed,
    rule: { from: before && wordsOf(before), to: { when: rule.when, then: rule.then, continue: rule.continue } },
  };
  await writeAudit(tx, scope, { action: "rule.save", target: rule.name, targetId: id, changes });
}

/** What it said stands in the audit log, so that it can be made again by hand. */
export async function dropRule(tx: Tx, scope: TenantScope, row: Row): Promise<void> {
  await tx.rule.delete({ where: { tenantId_id: { tenantId: scope.tenantId, id: row.id } } });
  const changes = { rule: { from: wordsOf(row), to: null } };
  await writeAudit(tx, scope, { action: "rule.remove", target: row.name, targetId: row.id, changes });
}

export interface Move {
  /** counted from 1 */
  from: number;
  to: number;
}

/** The first match ends a mail's way through the rules, so their order is as good as what they say. */
export const auditMove = (tx: Tx, scope: TenantScope, name: string, move: Move): Promise<void> =>
  writeAudit(tx, scope, { action: "rule.move", target: name, changes: { position: { ...move } } });
