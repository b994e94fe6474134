// What every step of the setting up reads: how far it is, and the mailbox that it is about.
import type { TenantDoor } from "@/app/_server/scope";
import type { MailboxRow } from "@/domain/mailbox/store";
import { overviewFacts } from "@/domain/overview/facts";
import { firstMailbox, setupSteps } from "@/domain/overview/setup";
import { todayIn } from "../mailboxes/today";

export async function stepFacts({ scope, tenant, now }: TenantDoor) {
  const facts = await overviewFacts(scope, tenant.timeZone, now);
  return {
    facts,
    steps: setupSteps(facts),
    mailbox: firstMailbox(facts.mailboxes),
    postmaster: facts.lane?.postmaster ?? null,
  };
}

export const shownMailbox = ({ id, settings, version, hasPassword }: MailboxRow) => ({
  id,
  settings,
  version,
  hasPassword,
});

/** What the mailbox's form is given in each of its steps. */
export const formOf = ({ tenant, now }: TenantDoor) => ({
  slug: tenant.slug,
  zone: tenant.timeZone,
  now,
  today: todayIn(tenant.timeZone, now),
  mayEdit: tenant.state === "active",
  mayTest: tenant.state === "active",
  closed: tenant.state === "closed",
});
