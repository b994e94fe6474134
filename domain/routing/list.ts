// The tenant's forwarding rules in their order, and how often each acted of late.
import { inTenant, sqlInTenant, type TenantScope, type Tx } from "@/domain/scope";
import type { Rule as Row } from "@/prisma/client/client";
import { type Rule, rule } from "./schema";

export interface RuleRow {
  id: string;
  rule: Rule;
  version: number;
  updatedBy: string;
  updatedAt: Date;
}

export const listRules = (scope: TenantScope): Promise<RuleRow[]> =>
  inTenant(scope, async (tx) => (await ruleRows(tx, scope)).map(rowOf));

export const ruleRows = (tx: Tx, { tenantId }: TenantScope): Promise<Row[]> =>
  tx.rule.findMany({ where: { tenantId }, orderBy: [{ position: "asc" }, { name: "asc" }] });

export const rowOf = (row: Row): RuleRow => ({
  id: row.id,
  rule: rule.parse({ name: row.name, when: row.conditions, then: row.outcome, continue: row.continues }),
  version: row.version,
  updatedBy: row.updatedBy,
  updatedAt: row.updatedAt,
});

/** In how many of the newest mails each rule acted, by its name; `of`: how many were looked at. */
export async function ruleUse(scope: TenantScope, newest = 1000): Promise<{ of: number; acted: Map<string, number> }> {
  const rows = await sqlInTenant(scope, (sql) =>
    sql.query<{ name: string | null; mails: number }>(
      `with newest as materialized (
         select route from mail where tenant_id = $1::uuid and kind = 'collected' order by seq desc limit $2)
       select null as name, count(*)::int as mails from newest
       union all
       select rule, count(*)::int from newest, jsonb_array_elements_text(
         case when jsonb_typeof(route -> 'rules') = 'array' then route -> 'rules' else '[]' end) rule group by rule`,
      [scope.tenantId, newest],
    ),
  );
  const acted = new Map(rows.flatMap(({ name, mails }) => (name === null ? [] : [[name, mails] as const])));
  return { of: rows.find(({ name }) => name === null)?.mails ?? 0, acted };
}
