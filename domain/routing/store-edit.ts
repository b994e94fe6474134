// What people do to rules in the portal: save, move, remove. One writer of a tenant's rules at a time, so that a name stays
// unique, no loop is closed by two people, and an order is the one that its page showed.
import { isDeepStrictEqual } from "node:util";
import { lockTenant } from "@/domain/exchange/store-write";
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import { Conflict, Refusal } from "@/lib/errors";
import type { Rule as Row } from "@/prisma/client/client";
import { rowOf, ruleRows } from "./list";
import { redirectLoop } from "./loop";
import type { Rule, RuleEdit, RuleMove } from "./schema";
import { auditMove, dropRule, writeRule } from "./write";

/** Every mail is held against every rule. */
const mostRules = 500;

/** `gone`: somebody removed it meanwhile, and nothing was saved. */
export type Saved = { gone: false; id: string; version: number; place: number; of: number } | { gone: true };

export const saveRule = (scope: TenantScope, edit: RuleEdit): Promise<Saved> =>
  inTenant(scope, async (tx) => {
    const rows = await lockRules(tx, scope);
    const before = edit.id === null ? null : (rows.find(({ id }) => id === edit.id) ?? null);
    if (edit.id !== null && !before) return { gone: true };
    if (before && before.version !== edit.version) throw new Conflict(before.updatedBy, before.updatedAt);
    if (!before && rows.length >= mostRules)
      throw new Refusal(`There are ${mostRules} rules already, the most that one company may have. Remove some first.`);
    if (edit.place !== null && !isShown(rows, edit.seen))
      throw new Refusal("Nothing was saved.", {
        place: "Somebody changed the list meanwhile. Look at it as it is now, and where this rule is to stand.",
      });
    const others = rows.filter((row) => row !== before);
    const place = Math.min(edit.place ?? (before ? rows.indexOf(before) : rows.length), others.length);
    refuseWrong(edit.rule, others, place);
    const written = await writeRule(tx, scope, before, edit.rule, before?.position ?? rows.length);
    await arrange(tx, scope, [...others.slice(0, place), { id: written.id }, ...others.slice(place)]);
    if (before && rows.indexOf(before) !== place)
      await auditMove(tx, scope, edit.rule.name, { from: rows.indexOf(before) + 1, to: place + 1 });
    return { gone: false, ...written, place, of: others.length + 1 };
  });

export const moveRule = (scope: TenantScope, { id, place, seen }: RuleMove): Promise<{ place: number }> =>
  inTenant(scope, async (tx) => {
    const rows = await lockRules(tx, scope);
    const from = rows.findIndex((row) => row.id === id);
    const moved = rows[from];
    if (!moved || !isShown(rows, seen))
      throw new Refusal("Somebody changed the list meanwhile. Nothing was moved: look at it as it is now.");
    const to = Math.min(place, rows.length - 1);
    if (to === from) return { place: from };
    const others = rows.filter((row) => row !== moved);
    await arrange(tx, scope, [...others.slice(0, to), moved, ...others.slice(to)]);
    await auditMove(tx, scope, moved.name, { from: from + 1, to: to + 1 });
    return { place: to };
  });

/** Gives what was removed, where it stood, and the list without it: saving that as a new rule undoes it. */
export const removeRule = (scope: TenantScope, { id, version }: { id: string; version: number }): Promise<Removed> =>
  inTenant(scope, async (tx) => {
    const rows = await lockRules(tx, scope);
    const row = rows.find((one) => one.id === id);
    if (!row) throw new Refusal("This rule is not there any more.");
    if (row.version !== version)
      throw new Refusal(
        `${row.updatedBy || "Somebody"} changed “${row.name}” meanwhile. Nothing was removed: look at it again first.`,
      );
    await dropRule(tx, scope, row);
    const seen = rows.filter((one) => one !== row).map((one) => one.id);
    return { rule: rowOf(row).rule, place: rows.indexOf(row), seen };
  });

export type Removed = Pick<RuleEdit, "rule" | "seen"> & { place: number };

const isShown = (rows: Row[], seen: string[]): boolean =>
  isDeepStrictEqual(
    rows.map(({ id }) => id),
    seen,
  );

async function lockRules(tx: Tx, scope: TenantScope): Promise<Row[]> {
  await lockTenant(tx, scope);
  return ruleRows(tx, scope);
}

function refuseWrong(rule: Rule, others: Row[], place: number): void {
  if (others.some(({ name }) => name === rule.name))
    throw new Refusal("Nothing was saved.", {
      "rule.name": `Another rule is named “${rule.name}” already. Journeys name rules, so give this one its own.`,
    });
  const all = others.map((row) => rowOf(row).rule);
  const loop = redirectLoop([...all.slice(0, place), rule, ...all.slice(place)], rule.name);
  if (loop) throw new Refusal("Nothing was saved.", { "rule.then.redirect": loop });
}

/** Positions count from 0 without gaps; only those that change are written. */
async function arrange(tx: Tx, scope: TenantScope, order: { id: string; position?: number }[]): Promise<void> {
  for (const [position, { id, position: before }] of order.entries())
    if (before !== position)
      await tx.rule.update({ where: { tenantId_id: { tenantId: scope.tenantId, id } }, data: { position } });
}
