// The tenant's forwarding rules in their order, as rows and in plain words.
import { inTenant, type TenantScope } from "@/domain/scope";
import { sizeWords } from "@/domain/size-words";
import { type Rule, rule } from "./schema";

export interface RuleRow {
  id: string;
  position: number;
  rule: Rule;
}

export const listRules = (scope: TenantScope): Promise<RuleRow[]> =>
  inTenant(scope, async (tx) => {
    const rows = await tx.rule.findMany({
      where: { tenantId: scope.tenantId },
      orderBy: [{ position: "asc" }, { name: "asc" }],
    });
    return rows.map((row) => ({
      id: row.id,
      position: row.position,
      rule: rule.parse({ name: row.name, when: row.conditions, then: row.outcome, continue: row.continues }),
    }));
  });

/** "the recipient is sales@contoso.example", one part per condition; all must hold. */
export function whenInWords(when: Rule["when"]): string[] {
  const is = (what: string, pattern: string | undefined) =>
    pattern === undefined ? [] : [`the ${what} ${pattern.includes("*") ? "matches" : "is"} “${pattern}”`];
  return [
    ...is("recipient", when.recipient),
    ...is("sender", when.sender),
    ...is("subject", when.subject),
    ...is("mailbox", when.mailbox),
    ...(when.header ? [`the header ${when.header.name} contains “${when.header.contains}”`] : []),
    ...(when.sizeOver === undefined ? [] : [`the mail is larger than ${sizeWords(when.sizeOver)}`]),
  ];
}

export function thenInWords(outcome: Rule["then"]): string {
  if ("redirect" in outcome) return `send it to ${outcome.redirect.join(", ")} instead`;
  if ("copyTo" in outcome) return `send a copy to ${outcome.copyTo.join(", ")} as well`;
  if ("hold" in outcome) return "hold it until a person decides";
  return `discard it: ${outcome.discard}`;
}
