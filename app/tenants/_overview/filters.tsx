// Search and the two rows of filters, each a link: the address says what is shown.
import { Button } from "@/app/_ui/button";
import { controlClass } from "@/app/_ui/field";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { standings } from "@/domain/overview/standing";
import type { Arranged } from "./arrange";
import { hrefOf, type TenantFilter } from "./filter";
import { causeWords, standingWords } from "./words";

interface Props {
  filter: TenantFilter;
  arranged: Arranged;
}

const chip =
  "inline-flex h-8 shrink-0 items-center gap-1.5 rounded-md border border-n6 px-2.5 text-table text-ink whitespace-nowrap hover:bg-hover " +
  "aria-[current=true]:border-accent aria-[current=true]:bg-accent-soft aria-[current=true]:font-medium";
const row =
  "-mx-4 flex items-center gap-1.5 overflow-x-auto px-4 py-1 [scrollbar-width:none] md:mx-0 md:flex-wrap md:px-0";

export function Filters({ filter, arranged: { counts, causes } }: Props) {
  const { show, cause, search } = filter;
  const usual = show === null && cause === null;
  const needing = counts.stopped + counts.needs + counts.slow;
  const all = Object.values(counts).reduce((sum, n) => sum + n, 0);
  return (
    <div className="mb-4 grid gap-1">
      <search>
        <form className="mb-2 flex max-w-[480px] gap-2">
          {/* Given anew when the address changes: what was searched for before is not left standing. */}
          <input
            key={search}
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
      <nav aria-label="State" className={row}>
        <SoftLink
          href={hrefOf(filter, { show: null, cause: null })}
          aria-current={usual ? "true" : undefined}
          className={chip}
        >
          {search ? "All found" : "To look at"} <Count n={search ? all : needing} />
        </SoftLink>
        {standings
          .filter((each) => counts[each] > 0 || each === show)
          .map((each) => (
            <SoftLink
              key={each}
              href={hrefOf(filter, { show: each === show ? null : each, cause: null })}
              aria-current={each === show ? "true" : undefined}
              className={chip}
            >
              <StateMark state={standingWords[each].state}>{standingWords[each].word}</StateMark>
              <Count n={counts[each]} />
            </SoftLink>
          ))}
        {!search && (
          <SoftLink
            href={hrefOf(filter, { show: show === "all" ? null : "all", cause: null })}
            aria-current={show === "all" ? "true" : undefined}
            className={chip}
          >
            All <Count n={all} />
          </SoftLink>
        )}
      </nav>
      {causes.length > 0 && (
        <nav aria-label="Cause" className={row}>
          {causes.map(({ kind, n }) => (
            <SoftLink
              key={kind}
              href={hrefOf(filter, { cause: kind === cause ? null : kind, show: null })}
              aria-current={kind === cause ? "true" : undefined}
              className={chip}
            >
              {causeWords[kind]} <Count n={n} />
            </SoftLink>
          ))}
        </nav>
      )}
    </div>
  );
}

const Count = ({ n }: { n: number }) => <span className="tabular text-soft">{n.toLocaleString("en")}</span>;
