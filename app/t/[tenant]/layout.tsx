// A tenant's frame. It enters the tenant for itself; each page below does so again, since a layout is kept while pages change.
import type { Metadata } from "next";
import type { ReactNode } from "react";
import { enterTenant, sessionToken, type TenantDoor } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { Frame } from "@/app/_ui/frame";
import type { NavEntry } from "@/app/_ui/nav";
import { platformEntries } from "@/app/_ui/platform-entries";
import { roleWords } from "@/app/_ui/role-words";
import { Banner } from "@/app/_ui/state";
import { TenantSwitcher } from "@/app/_ui/tenant-switcher";
import { longTime } from "@/app/_ui/time";
import { type Grant, may } from "@/domain/access";
import { portalDb } from "@/domain/platform/database";
import { countWords } from "@/domain/queue/bounded";
import { type PlaceCounts, placeCounts } from "@/domain/tenant/store";
import { erasedFrom, myTenants } from "@/domain/tenant/store-platform";

interface Props {
  children: ReactNode;
  params: Promise<{ tenant: string }>;
}

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { tenant } = await enterTenant((await params).tenant, "overview.read");
  return { title: { default: tenant.name, template: `%s · ${tenant.name} · Mailferry` } };
}

export default async function TenantLayout({ children, params }: Props) {
  const door = await enterTenant((await params).tenant, "overview.read");
  const token = (await sessionToken()) ?? "";
  const [counts, mine] = await Promise.all([placeCounts(door.scope), myTenants(portalDb(), token, 12)]);
  const { person, tenant } = door;
  const many = mine.length > 1 || person.platformRole !== null;
  return (
    <Frame
      where={<TenantSwitcher name={tenant.name} slug={tenant.slug} others={mine} all={many ? "/tenants" : null} />}
      entries={entriesFor(door, counts)}
      beyond={many ? platformEntries(person.platformRole).map(aboveAll) : []}
      bar={4}
      live={{ address: `/api/t/${tenant.slug}/live`, zone: tenant.timeZone }}
      me={{ name: person.name, email: person.email, roleWords: roleWords(door.role, person.platformRole) }}
    >
      {tenant.closedAt && <ClosedBanner tenant={tenant} closedAt={tenant.closedAt} now={door.now} />}
      {children}
    </Frame>
  );
}

/** Only administrators of the platform are let in where this stands. */
function ClosedBanner({ tenant, closedAt, now }: { tenant: TenantDoor["tenant"]; closedAt: Date; now: Date }) {
  const { slug, timeZone } = tenant;
  const erased = erasedFrom(closedAt);
  return (
    <div className="mb-6">
      <Banner
        state="stopped"
        title={`This tenant was closed on ${longTime(closedAt, timeZone)}.`}
        action={
          <ButtonLink size="small" href={`/tenants/manage/${slug}`}>
            {erased > now ? "Undo closing" : "Look at it"}
          </ButtonLink>
        }
      >
        {erased > now
          ? `Nothing in it can be changed, and its members can’t enter. On ${longTime(erased, timeZone)} all of it is erased; until then closing can be undone.`
          : "Its 30 days are over: all of it is being erased."}
      </Banner>
    </div>
  );
}

/** The entry counts both: what was refused, and what waits for a person's decision. */
const stuckWords = ({ held, badmail }: PlaceCounts): string =>
  [badmail > 0 && `${countWords(badmail)} in BADMAIL`, held > 0 && `${countWords(held)} held`]
    .filter(Boolean)
    .join(", ");

/** A page of the same name stands in the tenant's own menu. */
const aboveAll = (entry: NavEntry): NavEntry =>
  entry.label === "Tenants" ? { ...entry, label: "All tenants" } : { ...entry, label: `${entry.label} of all tenants` };

/** The menu, from the table of grants: what a role can't see isn't offered. */
function entriesFor({ tenant, role }: TenantDoor, counts: PlaceCounts): NavEntry[] {
  const base = `/t/${tenant.slug}`;
  const decisions = counts.held + counts.badmail;
  const all: (NavEntry & { grant: Grant })[] = [
    { grant: "overview.read", href: base, label: "Overview", exact: true, ahead: true },
    { grant: "message.read", href: `${base}/messages`, label: "Messages", ahead: true },
    { grant: "queue.read", href: `${base}/queue`, label: "Queue", ahead: true, count: counts.waiting },
    {
      grant: "queue.read",
      href: `${base}/badmail`,
      label: "BADMAIL",
      ahead: true,
      count: decisions,
      needs: decisions > 0,
      title: stuckWords(counts),
    },
    { grant: "exchange.read", href: `${base}/exchange`, label: "Exchange", group: true, ahead: true },
    { grant: "mailbox.read", href: `${base}/mailboxes`, label: "Mailboxes", ahead: true },
    { grant: "rule.read", href: `${base}/rules`, label: "Rules" },
    { grant: "exchange.read", href: `${base}/notices`, label: "Notices" },
    { grant: "member.read", href: `${base}/members`, label: "Members" },
    { grant: "audit.read", href: `${base}/audit`, label: "Audit" },
    { grant: "tenant.edit", href: `${base}/settings`, label: "Settings" },
  ];
  return all.filter((entry) => may(role, entry.grant)).map(({ grant: _grant, ...entry }) => entry);
}
