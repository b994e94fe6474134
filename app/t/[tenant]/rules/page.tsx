// The forwarding rules in their order, in plain words. The configuration file changes them.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { Column, EmptyState, PageHeader } from "@/app/_ui/page";
import { listRules, type RuleRow, thenInWords, whenInWords } from "@/domain/routing/list";

export const metadata: Metadata = { title: "Rules" };

export default async function RulesPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { tenant: slug } = await params;
  const { scope } = await enterTenant(slug, "rule.read");
  const rules = await listRules(scope);
  return (
    <>
      <PageHeader title="Rules">
        Forwarding rules are tried in this order; the first that fits ends it, unless it says to go on. They are changed
        in the configuration file: whoever runs Mailferry imports it.
      </PageHeader>
      {rules.length === 0 ? (
        <EmptyState title="No rules">Every mail goes to the address that its mailbox says.</EmptyState>
      ) : (
        <Column>
          <ol className="border-line border-t">
            {rules.map((row, index) => (
              <RuleItem key={row.id} row={row} number={index + 1} />
            ))}
          </ol>
        </Column>
      )}
    </>
  );
}

function RuleItem({ row, number }: { row: RuleRow; number: number }) {
  const { rule } = row;
  return (
    <li className="grid grid-cols-[32px_minmax(0,1fr)] gap-x-2 border-line border-b py-4">
      <span className="tabular text-right text-soft">{number}.</span>
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <h2 className="font-medium">{rule.name}</h2>
        <p className="mt-0.5">
          <span className="text-soft">When</span> {whenInWords(rule.when).join(", and ")},{" "}
          <span className="text-soft">then</span> {thenInWords(rule.then)}.
        </p>
        {rule.continue && <p className="mt-0.5 text-soft text-table">The rules after it are tried as well.</p>}
      </div>
    </li>
  );
}
