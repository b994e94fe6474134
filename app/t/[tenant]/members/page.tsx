// Members of a tenant.
import type { Metadata } from "next";
import { enterTenant } from "@/app/_server/scope";
import { PageHeader } from "@/app/_ui/page";
import { relativeTime } from "@/app/_ui/time";
import { may } from "@/domain/access";
import { listMembers } from "@/domain/member/store";
import { Members } from "./members";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage({ params }: { params: Promise<{ tenant: string }> }) {
  const { scope, tenant, person, role, now } = await enterTenant((await params).tenant, "member.read");
  const members = await listMembers(scope, now);
  return (
    <>
      <PageHeader title="Members">
        Who may enter {tenant.name}. People with a platform role can enter too and aren’t listed here.
      </PageHeader>
      <Members
        slug={tenant.slug}
        ownId={person.personId}
        edits={tenant.state === "active" && may(role, "member.edit")}
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
    </>
  );
}
