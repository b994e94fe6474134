// One rule in its editor.
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { enterTenant } from "@/app/_server/scope";
import { PageHeader } from "@/app/_ui/page";
import { Banner } from "@/app/_ui/state";
import { longTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { listMailboxes } from "@/domain/mailbox/store";
import { listRules } from "@/domain/routing/list";
import { AllRules } from "../all-rules";
import { RuleForm } from "../rule-form";

export const metadata: Metadata = { title: "Rule" };

export default async function RulePage({ params }: { params: Promise<{ tenant: string; id: string }> }) {
  const { tenant: slug, id } = await params;
  const { scope, role, tenant } = await enterTenant(slug, "rule.edit");
  const [rules, mailboxes] = await Promise.all([listRules(scope), listMailboxes(scope)]);
  const at = rules.findIndex((row) => row.id === id);
  const row = rules[at];
  if (!row) notFound();
  return (
    <>
      <PageHeader title={row.rule.name} actions={<AllRules slug={slug} />}>
        Rule {at + 1} of {rules.length}.{" "}
        {row.updatedBy && `Last changed by ${row.updatedBy}, ${longTime(row.updatedAt, tenant.timeZone)}.`}
      </PageHeader>
      {tenant.state === "closed" && (
        <div className="mb-6">
          <Banner state="idle" title="This tenant is closed, so nothing here can be saved." />
        </div>
      )}
      <RuleForm
        slug={slug}
        zone={tenant.timeZone}
        stored={{ id: row.id, version: row.version }}
        rule={row.rule}
        place={null}
        others={rules.filter((one) => one !== row).map((one) => ({ id: one.id, name: one.rule.name }))}
        mailboxes={mailboxes.map(({ id: mailboxId, settings }) => ({ id: mailboxId, name: settings.name }))}
        mayPick={may(role, "message.body")}
        mail={null}
      />
    </>
  );
}
