// What needs nobody, folded into a line per state: how many, how much mail, and the way to see them.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { mailWords } from "@/domain/mail-words";
import type { Standing } from "@/domain/overview/standing";
import type { Arranged, Placed } from "./arrange";
import { hrefOf, type TenantFilter } from "./filter";
import { standingWords } from "./words";

const folded: readonly Standing[] = ["flowing", "new", "closed"];
const tenants = (n: number) => (n === 1 ? "1 tenant" : `${n.toLocaleString("en")} tenants`);

export function Folded({ all, filter, counts }: { all: Placed[]; filter: TenantFilter; counts: Arranged["counts"] }) {
  const lines = folded.filter((standing) => counts[standing] > 0);
  if (lines.length === 0) return null;
  return (
    <ul aria-label="Needs nobody" className="mt-6 border-line border-t text-table">
      {lines.map((standing) => (
        <li key={standing} className="border-line border-b">
          <SoftLink
            href={hrefOf(filter, { show: standing, cause: null })}
            className="flex min-h-9 flex-wrap items-center gap-x-3 py-1.5 hover:bg-n2"
          >
            <StateMark state={standingWords[standing].state}>{standingWords[standing].word}</StateMark>
            <span className="text-soft">
              {tenants(counts[standing])}
              {standing === "flowing" && hourWords(all)}
            </span>
            <span className="ml-auto text-accent underline">Show</span>
          </SoftLink>
        </li>
      ))}
    </ul>
  );
}

function hourWords(all: Placed[]): string {
  const sum = all.filter(({ standing }) => standing === "flowing").reduce((n, { tenant }) => n + tenant.lastHour, 0);
  return `, ${mailWords(sum)} in the last hour`;
}
