// The rules in their order, as routing, intake and the test of a mailbox apply them.
import { type Sql, sqlInTenant, type TenantScope } from "@/domain/scope";
import { type Rule, rule } from "./schema";

export interface StoredRule {
  name: string;
  conditions: unknown;
  outcome: unknown;
  continues: boolean;
}

export const readRules = (scope: TenantScope): Promise<Rule[]> =>
  sqlInTenant(scope, (sql) => rulesOf(sql, scope.tenantId));

export const rulesOf = async (sql: Sql, tenantId: string): Promise<Rule[]> =>
  rulesFrom(await storedRules(sql, tenantId));

export const storedRules = (sql: Sql, tenantId: string): Promise<StoredRule[]> =>
  sql.query<{ [column: string]: unknown } & StoredRule>(
    "select name, conditions, outcome, continues from rule where tenant_id = $1::uuid order by position, name",
    [tenantId],
  );

/** Throws at one that is broken. */
export const rulesFrom = (rows: StoredRule[]): Rule[] =>
  rows.map((row) => rule.parse({ name: row.name, when: row.conditions, then: row.outcome, continue: row.continues }));
