// The forwarding rules in their order, and a place to try them.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { may } from "@/domain/access";
import { listMailboxes } from "@/domain/mailbox/store";
import { listRules, ruleUse } from "@/domain/routing/list";
import { examples } from "./examples";
import { type ListedRule, RuleList } from "./rule-list";
import { RuleText } from "./rule-text";
import { Tester } from "./tester";

export const metadata: Metadata = { title: "Rules" };

interface Props {
  params: Promise<{ tenant: string }>;
  searchParams: Promise<{ saved?: string | string[] }>;
}

export default async function RulesPage({ params, searchParams }: Props) {
  const { tenant: slug } = await params;
  const { scope, role, tenant } = await enterTenant(slug, "rule.read");
  const [stored, use, mailboxes] = await Promise.all([listRules(scope), ruleUse(scope), listMailboxes(scope)]);
  const { saved } = await searchParams;
  const mayEdit = may(role, "rule.edit") && tenant.state === "active";
  const rules = stored.map(({ id, rule, version }) => ({ id, rule, version, use: wordsOfUse(rule.name, use) }));
  const justSaved = rules.find(({ id }) => id === saved)?.rule.name ?? null;
  return (
    <>
      <PageHeader
        title="Rules"
        actions={
          mayEdit &&
          rules.length > 0 && (
            <ButtonLink kind="primary" href={`/t/${slug}/rules/new`}>
              Add a rule
            </ButtonLink>
          )
        }
      >
        Each new mail is compared with these in their order; the first that fits decides, unless it says to go on.
        {!mayEdit && " Admins of this company change them."}
      </PageHeader>
      {rules.length === 0 ? (
        <Empty slug={slug} mayEdit={mayEdit} />
      ) : (
        <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          {mayEdit ? <RuleList slug={slug} rules={rules} saved={justSaved} /> : <ReadList rules={rules} />}
          <Tester
            slug={slug}
            zone={tenant.timeZone}
            mailboxes={mailboxes.map(({ id, settings }) => ({ id, name: settings.name }))}
            mayPick={may(role, "message.body")}
          />
        </div>
      )}
    </>
  );
}

function wordsOfUse(name: string, { of, acted }: Awaited<ReturnType<typeof ruleUse>>): string {
  if (of === 0) return "";
  const mails = acted.get(name) ?? 0;
  const among = of === 1 ? "the only mail so far" : `the newest ${of.toLocaleString("en")} mails`;
  return mails === 0 ? `It acted on none of ${among}.` : `It acted on ${mails.toLocaleString("en")} of ${among}.`;
}

const ReadList = ({ rules }: { rules: ListedRule[] }) => (
  <ol className="border-line border-t">
    {rules.map((one, n) => (
      <li key={one.id} className="grid grid-cols-[24px_minmax(0,1fr)] gap-x-2 border-line border-b py-4">
        <span className="tabular text-right text-soft">{n + 1}.</span>
        <RuleText rule={one.rule} use={one.use} />
      </li>
    ))}
  </ol>
);

/** Says what rules are for, by two that can be begun with. */
function Empty({ slug, mayEdit }: { slug: string; mayEdit: boolean }) {
  return (
    <EmptyState
      title="No rules yet: every mail goes to the address that it is for"
      action={
        mayEdit && (
          <ButtonLink kind="primary" href={`/t/${slug}/rules/new`}>
            Add a rule
          </ButtonLink>
        )
      }
    >
      <p>Rules send mail elsewhere, send a copy, hold it or discard it. For example:</p>
      <ul className="mt-3 grid gap-2 text-left">
        {Object.entries(examples).map(([key, { words }]) => (
          <li key={key} className="border-line border-t pt-2">
            {words}{" "}
            {mayEdit && (
              <SoftLink
                href={`/t/${slug}/rules/new?like=${key}`}
                className="text-ink underline decoration-n6 underline-offset-2 hover:decoration-current"
              >
                Begin with this
              </SoftLink>
            )}
          </li>
        ))}
      </ul>
    </EmptyState>
  );
}
