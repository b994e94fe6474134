// One cause as a table: choose mails, or all that fit, and decide.

import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { rowNumber } from "@/app/_server/row-number";
import { enterTenant } from "@/app/_server/scope";
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { controlClass } from "@/app/_ui/field";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { Pager } from "@/app/_ui/pager";
import { may } from "@/domain/access";
import { causeOf, groupOf, sizeLimit } from "@/domain/message/cause";
import { countTarget } from "@/domain/message/decide";
import { deliveryFacts } from "@/domain/message/delivery-facts";
import { groupMails, mailGroups } from "@/domain/message/groups";
import { mayBeThere } from "@/domain/message/reasons";
import { mayHaveIt, Remedy } from "../group-card";
import { forMany } from "../many-words";
import { RuleOfThis } from "../rule-of-this";
import { GroupTable } from "./group-table";

export const metadata: Metadata = { title: "BADMAIL" };

interface Props {
  params: Promise<{ tenant: string; group: string }>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

const one = (value: string | string[] | undefined, max: number) =>
  typeof value === "string" ? value.slice(0, max) : "";

export default async function GroupPage({ params, searchParams }: Props) {
  const { tenant: slug, group: key } = await params;
  const { scope, tenant, role, now } = await enterTenant(slug, "queue.read");
  const group = groupOf(keyFrom(key));
  if (!group) notFound();
  const asked = await searchParams;
  const text = one(asked.text, 300).trim();
  const before = rowNumber(asked.before);
  const target = { ...group, ...(text ? { text } : {}) };
  const [{ rows, older }, { mails }, groups, delivery] = await Promise.all([
    groupMails(scope, target, before),
    countTarget(scope, target),
    mailGroups(scope),
    deliveryFacts(scope),
  ]);
  const found = groups.find(
    (one) =>
      one.place === group.place &&
      one.reasonKind === group.reasonKind &&
      one.notices === group.notices &&
      (group.detail === undefined || one.detail === group.detail),
  );
  const about = found ?? {
    ...group,
    detail: group.detail ?? null,
    rule: null,
    reason: null,
    address: null,
    largest: 0,
  };
  // Without a detail the page is about all of this kind: no single rule or address speaks for them.
  const rule = group.detail === undefined ? null : about.rule;
  const cause = causeOf({ ...about, rule, detail: group.detail ?? null }, delivery);
  const here = `/t/${slug}/badmail/${encodeURIComponent(keyFrom(key))}`;
  const kept = text ? `&text=${encodeURIComponent(text)}` : "";
  const mayDecide = may(role, "badmail.decide") && tenant.state === "active";
  const mayRule = may(role, "rule.edit") && tenant.state === "active" && !group.notices;
  const [first] = rows;
  return (
    <>
      <PageHeader
        title={forMany(cause.title, mails)}
        actions={
          <>
            {mayRule && first && (
              <RuleOfThis
                slug={slug}
                mail={{
                  ...first,
                  reasonKind: group.reasonKind,
                  address: first.addresses[0] ?? "",
                  to: first.addresses[0],
                }}
              />
            )}
            <ButtonLink size="small" href={`/t/${slug}/badmail`}>
              All causes
            </ButtonLink>
          </>
        }
      >
        {mails.toLocaleString("en")} {mails === 1 ? "mail" : "mails"} {group.place === "held" ? "held" : "in BADMAIL"}
        {text && <> that fit “{text}”</>}. Times in {tenant.timeZone}.
      </PageHeader>
      {(rows.length > 0 || text) && (
        <>
          <div className="mb-6">
            <Remedy cause={cause} mails={mails} />
          </div>
          {(mails > 10 || text) && <Search text={text} />}
        </>
      )}
      <GroupTable
        key={text}
        slug={slug}
        zone={tenant.timeZone}
        now={now}
        target={target}
        mails={mails}
        rows={rows.map((row) => ({ ...row, limit: sizeLimit(row.reason) }))}
        tooLarge={group.reasonKind === "too-large"}
        again={group.reasonKind !== "nobody"}
        warning={mayBeThere(group.reasonKind) ? mayHaveIt : undefined}
        mayDecide={mayDecide}
        mayRead={may(role, "message.body")}
        empty={
          <EmptyState
            title={text ? `Nothing here fits “${text}”` : "Nothing is left of this cause"}
            action={
              <ButtonLink href={text ? here : `/t/${slug}/badmail`}>{text ? "Show all" : "All causes"}</ButtonLink>
            }
          />
        }
      />
      <Pager
        newer={before ? `${here}?${kept.slice(1)}` : undefined}
        older={older ? `${here}?before=${older}${kept}` : undefined}
      />
    </>
  );
}

/** Next hands the segment over as it stands in the address. */
function keyFrom(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

const Search = ({ text }: { text: string }) => (
  <search>
    <form className="mb-4 flex max-w-[480px] gap-2">
      <input
        type="search"
        name="text"
        defaultValue={text}
        aria-label="Sender, recipient or subject"
        placeholder="Sender, recipient or subject"
        className={controlClass}
      />
      <Button type="submit">Search</Button>
    </form>
  </search>
);
