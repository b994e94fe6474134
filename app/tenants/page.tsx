// The overview of all tenants: who needs somebody comes first, with the way to it; who doesn't is a line.
import { enterSignedIn } from "@/app/_server/scope";
import { ButtonLink } from "@/app/_ui/button-link";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { platformMay } from "@/domain/access";
import { openAlerts } from "@/domain/alert/store";
import { topics } from "@/domain/live/topics";
import { openIncidents } from "@/domain/mailbox/incident-seen";
import { standpointOf } from "@/domain/overview/standing";
import { mostTenants, tenantsSeen } from "@/domain/overview/tenants";
import { portalDb } from "@/domain/platform/database";
import { myClosedTenants } from "@/domain/tenant/store-platform";
import { arrange } from "./_overview/arrange";
import { type Asked, filterOf, hrefOf, type TenantFilter } from "./_overview/filter";
import { Filters } from "./_overview/filters";
import { Folded } from "./_overview/folded";
import { TenantRows } from "./_overview/rows";
import { summaryOf } from "./_overview/words";
import { Alerts } from "./alerts";
import { ClosedTenants } from "./closed-tenants";

export default async function TenantsPage({ searchParams }: { searchParams: Promise<Asked> }) {
  const { person, token } = await enterSignedIn("/tenants");
  const filter = filterOf(await searchParams);
  const { search, show, cause } = filter;
  const [{ tenants, more }, alerts, incidents, closed] = await Promise.all([
    tenantsSeen(portalDb(), token, search),
    person.platformRole ? openAlerts(portalDb(), token) : [],
    person.platformRole ? openIncidents(portalDb(), token) : [],
    person.platformRole === "admin" ? [] : myClosedTenants(portalDb(), token),
  ]);
  const now = new Date();
  const all = tenants.map((tenant) => ({ tenant, ...standpointOf(tenant, now) }));
  const arranged = arrange(all, filter);
  const { rows, counts } = arranged;
  const makes = platformMay(person.platformRole, "platform.tenants");
  const make = (
    <ButtonLink href="/tenants/new" kind="primary">
      New tenant
    </ButtonLink>
  );
  const none = tenants.length === 0 && !search;
  const usual = !search && !show && !cause;
  return (
    <>
      <KeepFresh on={topics} />
      <PageHeader title="Tenants" actions={makes && make}>
        {none && closed.length > 0 ? "You are a member of none that is open." : summaryOf(counts, search)}
      </PageHeader>
      <Alerts alerts={alerts} incidents={incidents} now={now} />
      <ClosedTenants closed={closed} now={now} />
      {none && closed.length === 0 && <NoTenant make={makes ? make : null} />}
      {!none && (
        <>
          <Filters filter={filter} arranged={arranged} />
          {rows.length > 0 ? (
            <TenantRows rows={rows} now={now} manages={makes} />
          ) : (
            <NothingShown filter={filter} found={tenants.length} />
          )}
          <Pages filter={filter} pages={arranged.pages} />
          {usual && <Folded all={all} filter={filter} counts={counts} />}
          {more && (
            <p className="mt-4 text-soft">
              These are the first {mostTenants.toLocaleString("en")} by their short names. Search for the others.
            </p>
          )}
        </>
      )}
    </>
  );
}

function NoTenant({ make }: { make: React.ReactNode }) {
  if (make)
    return (
      <EmptyState title="There is no tenant yet" action={make}>
        Make the first one here, or bring in many at once with a file: npm run mailferry -- import FILE.
      </EmptyState>
    );
  return (
    <EmptyState title="You are not a member of a tenant yet">
      Ask an administrator of your tenant to add you.
    </EmptyState>
  );
}

function NothingShown({ filter, found }: { filter: TenantFilter; found: number }) {
  const all = <ButtonLink href="/tenants">Back to all</ButtonLink>;
  if (filter.search && found === 0) return <EmptyState title={`No tenant is called “${filter.search}”`} action={all} />;
  if (!filter.show && !filter.cause)
    return (
      <EmptyState title="Nobody needs you">
        Mail flows wherever it is set up. This page follows what happens.
      </EmptyState>
    );
  return (
    <EmptyState title="No tenant is in this state now" action={all}>
      The filter stands in the address: what comes to fit it is shown here.
    </EmptyState>
  );
}

function Pages({ filter, pages }: { filter: TenantFilter; pages: number }) {
  if (pages === 1) return null;
  const page = Math.min(filter.page, pages);
  return (
    <nav aria-label="Pages" className="mt-4 flex items-center justify-between gap-2">
      {page > 1 ? (
        <ButtonLink size="small" href={hrefOf(filter, { page: page - 1 })}>
          Previous
        </ButtonLink>
      ) : (
        <span />
      )}
      <span className="text-soft text-table">
        Page {page} of {pages}
      </span>
      {page < pages ? (
        <ButtonLink size="small" href={hrefOf(filter, { page: page + 1 })}>
          More tenants
        </ButtonLink>
      ) : (
        <span />
      )}
    </nav>
  );
}
