// What of all tenants is shown. It stands whole in the address, so a bookmark is a saved filter.
import { type CauseKind, causeKinds, type Standing, standings } from "@/domain/overview/standing";

export type Show = Standing | "all";

export interface TenantFilter {
  search: string;
  /** null: who needs somebody, or, with a search, all that fit */
  show: Show | null;
  cause: CauseKind | null;
  page: number;
}

export type Asked = Record<string, string | string[] | undefined>;
const one = (value: string | string[] | undefined) => (typeof value === "string" ? value : "");

export function filterOf(asked: Asked): TenantFilter {
  const page = Number(one(asked.page));
  return {
    search: one(asked.search).trim().slice(0, 100),
    show: (["all", ...standings] as const).find((each) => each === asked.show) ?? null,
    cause: causeKinds.find((each) => each === asked.cause) ?? null,
    page: Number.isInteger(page) && page > 1 && page < 1000 ? page : 1,
  };
}

export function hrefOf(filter: TenantFilter, change: Partial<TenantFilter>): string {
  const { search, show, cause, page } = { ...filter, page: 1, ...change };
  const words = new URLSearchParams();
  if (search) words.set("search", search);
  if (show) words.set("show", show);
  if (cause) words.set("cause", cause);
  if (page > 1) words.set("page", String(page));
  const text = words.toString();
  return text ? `/tenants?${text}` : "/tenants";
}
