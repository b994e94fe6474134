// A row per tenant: its name, what is wrong with a way to it, and the figures that say how much mail it is about.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { type ColumnOf, Table } from "@/app/_ui/table";
import { relativeTime, Time } from "@/app/_ui/time";
import { erasedFrom } from "@/domain/tenant/store-platform";
import type { Placed } from "./arrange";
import { countWords, perHourWords, standingWords, whenWords } from "./words";

interface Props {
  rows: Placed[];
  now: Date;
  manages: boolean;
}

export const TenantRows = ({ rows, now, manages }: Props) => (
  <Table
    caption="Tenants and how their mail does"
    columns={columns(now, manages)}
    rows={rows}
    rowKey={({ tenant }) => tenant.id}
  />
);

const columns = (now: Date, manages: boolean): ColumnOf<Placed>[] => [
  {
    key: "name",
    head: "Name",
    width: "w-[22%]",
    cell: ({ tenant }) => (
      <SoftLink href={`/t/${tenant.slug}`} className="font-medium text-ink [overflow-wrap:anywhere] hover:underline">
        {tenant.name}
      </SoftLink>
    ),
  },
  { key: "state", head: "Mail", cell: (row) => <Why row={row} now={now} /> },
  figure("hour", "Last hour", ({ tenant }) => tenant.lastHour, perHourWords, "in the last hour"),
  figure("waiting", "Waiting", ({ tenant }) => tenant.waiting, countWords, "waiting"),
  {
    key: "oldest",
    head: "Oldest",
    wideOnly: true,
    cell: ({ tenant: { oldestWaiting, timeZone } }) =>
      oldestWaiting ? <Time at={oldestWaiting} zone={timeZone} now={now} relative /> : "",
  },
  {
    key: "poll",
    head: "Last collected",
    wideOnly: true,
    cell: ({ tenant: { lastCollected, timeZone } }) =>
      lastCollected ? (
        <Time at={lastCollected} zone={timeZone} now={now} relative />
      ) : (
        <span className="text-soft">never</span>
      ),
  },
  ...(manages
    ? [
        {
          key: "manage",
          head: "Manage",
          quiet: true,
          align: "right",
          cell: ({ tenant }) => (
            <SoftLink href={`/tenants/manage/${tenant.slug}`} className="text-soft hover:text-ink hover:underline">
              Manage<span className="sr-only">{` ${tenant.name}`}</span>
            </SoftLink>
          ),
        } satisfies ColumnOf<Placed>,
      ]
    : []),
];

const mostCauses = 3;

function Why({ row: { tenant, standing, causes, words }, now }: { row: Placed; now: Date }) {
  if (causes.length === 0)
    return (
      <StateMark state={standingWords[standing].state}>
        {words}
        {tenant.closedAt && `; ${erasedWords(erasedFrom(tenant.closedAt), now)}`}
      </StateMark>
    );
  const more = causes.length - mostCauses;
  return (
    <ul className="grid gap-0.5 [overflow-wrap:anywhere]">
      {causes.slice(0, mostCauses).map((cause) => (
        <li key={cause.words} className="state" data-state={cause.weight}>
          <span>
            <SoftLink href={`/t/${tenant.slug}${cause.page && `/${cause.page}`}`} className="hover:underline">
              {cause.words}
            </SoftLink>
            {cause.at && <span className="text-soft">{`, ${whenWords(cause, now)}`}</span>}
          </span>
        </li>
      ))}
      {more > 0 && <li className="pl-4 text-soft">and {more} more</li>}
    </ul>
  );
}

const erasedWords = (at: Date, now: Date) => (at <= now ? "being erased" : `erased ${relativeTime(at, now)}`);

/** A number column; on small screens a zero is left out and the rest says what it counts. */
function figure(
  key: string,
  head: string,
  of: (row: Placed) => number,
  say: (n: number) => string,
  words: string,
): ColumnOf<Placed> {
  return {
    key,
    head,
    align: "right",
    width: "w-20",
    cell: (row) => {
      const count = of(row);
      if (count === 0)
        return (
          <span className="text-faint" data-zero>
            {say(0)}
          </span>
        );
      return (
        <>
          {say(count)}
          <span className="md:hidden">{` ${words}`}</span>
        </>
      );
    },
  };
}
