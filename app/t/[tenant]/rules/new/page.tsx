// A new rule: empty, like an example, or made of a mail that is stuck.
import type { Metadata } from "next";
import { z } from "zod";
import { enterTenant } from "@/app/_server/scope";
import { PageHeader } from "@/app/_ui/page";
import { may } from "@/domain/access";
import { listMailboxes } from "@/domain/mailbox/store";
import { listRules } from "@/domain/routing/list";
import type { Rule } from "@/domain/routing/schema";
import { ruleFrom } from "@/domain/routing/suggest";
import { stuckMail } from "@/domain/routing/trial-mails";
import { AllRules } from "../all-rules";
import { examples } from "../examples";
import { RuleForm } from "../rule-form";

export const metadata: Metadata = { title: "New rule" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<Record<"of" | "to" | "like", string | string[] | undefined>>;
}

const empty: Rule = { name: "", when: {}, then: { redirect: [] }, continue: false };

export default async function NewRulePage({ params, searchParams }: Props) {
  const { tenant: slug } = await params;
  const { scope, role, tenant } = await enterTenant(slug, "rule.edit");
  const { of, to, like } = await searchParams;
  const [rules, mailboxes, mail] = await Promise.all([
    listRules(scope),
    listMailboxes(scope),
    z.uuid().safeParse(of).success ? stuckMail(scope, String(of), typeof to === "string" ? to : "") : null,
  ]);
  const suggested = mail && ruleFrom(mail);
  const example = typeof like === "string" && Object.hasOwn(examples, like) ? examples[like] : undefined;
  return (
    <>
      <PageHeader title="New rule" actions={<AllRules slug={slug} />}>
        {suggested
          ? "Filled in from the mail that you looked at. A rule acts on mail that comes from now on; that mail itself stays where it is."
          : mail
            ? "Nothing is filled in from the mail that you looked at: a rule could not tell mail like it from other mail. A rule acts on mail that comes from now on."
            : "It acts on mail that comes from now on."}
      </PageHeader>
      <RuleForm
        slug={slug}
        zone={tenant.timeZone}
        stored={null}
        rule={suggested?.rule ?? example?.rule ?? empty}
        place={suggested?.place ?? null}
        others={rules.map(({ id, rule }) => ({ id, name: rule.name }))}
        mailboxes={mailboxes.map(({ id, settings }) => ({ id, name: settings.name }))}
        mayPick={may(role, "message.body")}
        mail={suggested ? mail : null}
      />
    </>
  );
}
