// Which tenants a filter shows and in what order: who stands still first, the rest is counted.
import { type CauseKind, causeKinds, type Standing, type Standpoint, standings } from "@/domain/overview/standing";
import type { TenantSeen } from "@/domain/overview/tenants";
import type { TenantFilter } from "./filter";

export interface Placed extends Standpoint {
  tenant: TenantSeen;
}

export interface Arranged {
  rows: Placed[];
  pages: number;
  counts: Record<Standing, number>;
  causes: { kind: CauseKind; n: number }[];
}

export const perPage = 50;
const needing: readonly Standing[] = ["stopped", "needs", "slow"];

export function arrange(all: readonly Placed[], filter: TenantFilter): Arranged {
  const counts = Object.fromEntries(standings.map((each) => [each, 0])) as Record<Standing, number>;
  for (const { standing } of all) counts[standing] += 1;
  const causes = causeKinds
    .map((kind) => ({ kind, n: all.filter((one) => has(one, kind)).length }))
    .filter(({ n, kind }) => n > 0 || kind === filter.cause);
  const shown = all.filter((one) => fits(one, filter)).sort(byWeight);
  const pages = Math.max(1, Math.ceil(shown.length / perPage));
  const page = Math.min(filter.page, pages);
  return { rows: shown.slice((page - 1) * perPage, page * perPage), pages, counts, causes };
}

const has = ({ causes }: Placed, kind: CauseKind) => causes.some((cause) => cause.kind === kind);

function fits(one: Placed, { search, show, cause }: TenantFilter): boolean {
  if (cause && !has(one, cause)) return false;
  if (show) return show === "all" || one.standing === show;
  return cause !== null || search !== "" || needing.includes(one.standing);
}

function byWeight(a: Placed, b: Placed): number {
  const [first, second] = [a, b].map(({ standing, causes }) => {
    const [cause] = causes;
    return standings.indexOf(standing) * 100 + (cause ? causeKinds.indexOf(cause.kind) : 0);
  });
  return (first ?? 0) - (second ?? 0) || a.tenant.name.localeCompare(b.tenant.name, "en");
}
