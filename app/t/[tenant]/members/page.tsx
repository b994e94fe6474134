// Members of a tenant.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { PageHeader } from "@/app/_ui/page";
import { relativeTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { allNeedFactor } from "@/domain/member/second-factor";
import { listMembers } from "@/domain/member/store";
import { FactorOfAll } from "./factor-of-all";
import { Members } from "./members";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { scope, tenant, person, role, now } = await enterTenant((await params).tenant, "member.read");
  const [members, required] = await Promise.all([listMembers(scope, now), allNeedFactor(scope)]);
  const edits = tenant.state === "active" && may(role, "member.edit");
  const { code, passkeys } = person.factors;
  return (
    <>
      <PageHeader title="Members">
        Who may enter {tenant.name}. People with a platform role can enter too and aren’t listed here.
      </PageHeader>
      <Members
        slug={tenant.slug}
        ownId={person.personId}
        edits={edits}
        members={members.map((one) => ({
          personId: one.personId,
          email: one.email,
          name: one.name,
          role: one.role,
          disabled: one.disabled,
          hasPassword: one.hasPassword,
          link: one.linkUntil ? `link works ${relativeTime(one.linkUntil, now).replace("in ", "for ")}` : "",
          lastSeen: one.lastSeenAt ? relativeTime(one.lastSeenAt, now) : "never",
        }))}
      />
      <FactorOfAll
        slug={tenant.slug}
        required={required}
        edits={edits}
        ownMissing={!code && passkeys === 0 && members.some(({ personId }) => personId === person.personId)}
      />
    </>
  );
}
