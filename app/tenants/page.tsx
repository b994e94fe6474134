// The list of tenants: of each its name, and in a word and a sentence how its mail does.
import Link from "next/link";
import { enterSignedIn } from "@/app/_server/scope";
import { Button, ButtonLink } from "@/app/_ui/button";
import { controlClass } from "@/app/_ui/field";
import { KeepFresh } from "@/app/_ui/keep-fresh";
import { EmptyState, PageHeader } from "@/app/_ui/page";
import { StateMark } from "@/app/_ui/state";
import { type ColumnOf, Table } from "@/app/_ui/table";
import { relativeTime, Time } from "@/app/_ui/time";
import { platformMay } from "@/domain/access";
import { openAlerts } from "@/domain/alert/store";
import { topics } from "@/domain/live/topics";
import { openIncidents } from "@/domain/mailbox/incident-seen";
import { portalDb } from "@/domain/platform/database";
import { glanceOf } from "@/domain/tenant/glance";
import { erasedFrom, listTenants, myClosedTenants, type TenantGlance } from "@/domain/tenant/store-platform";
import { Alerts } from "./alerts";
import { ClosedTenants } from "./closed-tenants";

type Search = Promise<Record<string, string | string[] | undefined>>;
const one = (value: string | string[] | undefined) => (typeof value === "string" ? value : "");

export default async function TenantsPage({ searchParams }: { searchParams: Search }) {
  const { person, token } = await enterSignedIn("/tenants");
  const asked = await searchParams;
  const search = one(asked.search).trim();
  const { rows, next } = await listTenants(portalDb(), token, { search, after: one(asked.after), limit: 100 });
  const alerts = person.platformRole ? await openAlerts(portalDb(), token) : [];
  const incidents = person.platformRole ? await openIncidents(portalDb(), token) : [];
  const closed = person.platformRole === "admin" ? [] : await myClosedTenants(portalDb(), token);
  const now = new Date();
  const makes = platformMay(person.platformRole, "platform.tenants");
  const make = (
    <ButtonLink href="/tenants/new" kind="primary">
      New tenant
    </ButtonLink>
  );
  return (
    <>
      <KeepFresh on={topics} />
      <PageHeader title="Tenants" actions={makes && make}>
        {rows.length === 0 && closed.length > 0 && !search
          ? "You are a member of none that is open."
          : summary(rows, Boolean(next || asked.after || search))}
      </PageHeader>
      <Alerts alerts={alerts} incidents={incidents} now={now} />
      <ClosedTenants closed={closed} now={now} />
      {(rows.length > 8 || search) && <SearchForm search={search} />}
      {rows.length === 0 ? (
        (closed.length === 0 || search) && <Nothing search={search} make={makes ? make : null} />
      ) : (
        <Table
          caption="Tenants and how their mail does"
          columns={columns(now, makes)}
          rows={rows}
          rowKey={(row) => row.id}
        />
      )}
      {next && (
        <p className="mt-4">
          <ButtonLink
            size="small"
            href={`/tenants?search=${encodeURIComponent(search)}&after=${encodeURIComponent(next)}`}
          >
            More tenants
          </ButtonLink>
        </p>
      )}
    </>
  );
}

/** The one sentence that calms or calls, when all tenants are on the page. */
function summary(rows: TenantGlance[], partly: boolean): string {
  const states = rows.map((row) => glanceOf(row).state);
  const stopped = states.filter((state) => state === "stopped").length;
  const needs = states.filter((state) => state === "needs").length;
  if (rows.length === 0) return "Each tenant is a company with mailboxes and an Exchange server of its own.";
  const here = partly ? " on this page" : "";
  if (stopped + needs === 0) return `Nobody needs you${here}.`;
  const parts = [
    stopped > 0 && `${stopped} stopped`,
    needs > 0 && `${needs} ${needs === 1 ? "needs" : "need"} you`,
  ].filter(Boolean);
  return `${parts.join(", ")}, of ${rows.length}${here}.`;
}

function SearchForm({ search }: { search: string }) {
  return (
    <search>
      <form className="mb-4 flex max-w-[480px] gap-2">
        <input
          type="search"
          name="search"
          defaultValue={search}
          aria-label="Search by name"
          placeholder="Search by name"
          className={controlClass}
        />
        <Button type="submit">Search</Button>
      </form>
    </search>
  );
}

function Nothing({ search, make }: { search: string; make: React.ReactNode }) {
  if (search)
    return (
      <EmptyState
        title={`No tenant is called “${search}”`}
        action={<ButtonLink href="/tenants">Show all</ButtonLink>}
      />
    );
  if (make)
    return (
      <EmptyState title="There is no tenant yet" action={make}>
        Make the first one here, or bring in many at once with a file: npm run mailferry -- import FILE.
      </EmptyState>
    );
  return (
    <EmptyState title="You are no member of a tenant yet">Ask an administrator of your tenant to add you.</EmptyState>
  );
}

function columns(now: Date, makes: boolean): ColumnOf<TenantGlance>[] {
  return [
    {
      key: "name",
      head: "Name",
      cell: (row) => (
        <Link href={`/t/${row.slug}`} className="font-medium text-ink hover:underline">
          {row.name}
        </Link>
      ),
    },
    {
      key: "state",
      head: "Mail",
      cell: (row) => {
        const glance = glanceOf(row);
        const erased = row.closedAt && `; ${erasedWords(erasedFrom(row.closedAt), now)}`;
        return (
          <StateMark state={glance.state}>
            {glance.sentence}
            {erased}
          </StateMark>
        );
      },
    },
    number("waiting", "Waiting", (row) => row.waiting, "waiting"),
    number("held", "Held", (row) => row.held, "held"),
    number("badmail", "BADMAIL", (row) => row.badmail, "in BADMAIL"),
    {
      key: "oldest",
      head: "Oldest waits since",
      wideOnly: true,
      cell: (row) => (row.oldestWaiting ? <Time at={row.oldestWaiting} zone={row.timeZone} now={now} relative /> : ""),
    },
    {
      key: "poll",
      head: "Last collected",
      wideOnly: true,
      cell: (row) => (row.lastPoll ? relativeTime(row.lastPoll, now) : <span className="text-soft">never</span>),
    },
    ...(makes
      ? [
          {
            key: "manage",
            head: "Manage",
            quiet: true,
            align: "right",
            cell: (row) => (
              <Link href={`/tenants/manage/${row.slug}`} className="text-soft hover:text-ink hover:underline">
                Manage<span className="sr-only"> {row.name}</span>
              </Link>
            ),
          } satisfies ColumnOf<TenantGlance>,
        ]
      : []),
  ];
}

const erasedWords = (at: Date, now: Date) => (at <= now ? "being erased" : `erased ${relativeTime(at, now)}`);

/** A number column; on small screens a zero is left out and the rest says what it counts. */
function number(key: string, head: string, of: (row: TenantGlance) => number, words: string): ColumnOf<TenantGlance> {
  return {
    key,
    head,
    align: "right",
    cell: (row) => {
      const count = of(row);
      return (
        <span className={count === 0 ? "text-faint" : ""} {...(count === 0 ? { "data-zero": true } : {})}>
          {count.toLocaleString("en")}
          <span className="md:hidden"> {words}</span>
        </span>
      );
    },
  };
}
