// Filters of all tenants: what the address says is what is shown, and back.
import { expect, it } from "vitest";
import type { Cause, CauseKind, Standing } from "@/domain/overview/standing";
import { arrange, type Placed, perPage } from "./arrange";
import { filterOf, hrefOf } from "./filter";
import { summaryOf } from "./words";

const placed = (name: string, standing: Standing, ...kinds: CauseKind[]): Placed => ({
  // Only the name is asked for here; a whole tenant would hide that.
  tenant: { name } as Placed["tenant"],
  standing,
  words: "",
  causes: kinds.map((kind): Cause => ({ kind, weight: "needs", words: kind, at: null, page: "" })),
});
const all = [
  placed("Zeta", "flowing"),
  placed("Delta", "needs", "badmail", "held"),
  placed("Alpha", "slow", "waiting"),
  placed("Gamma", "stopped", "sign-in"),
  placed("Beta", "stopped", "server", "badmail"),
  placed("Eta", "new"),
];
const names = (asked: Record<string, string>) => arrange(all, filterOf(asked)).rows.map(({ tenant }) => tenant.name);

it("shows who needs somebody, the standstills first, until something else is asked for", () => {
  expect(names({})).toEqual(["Beta", "Gamma", "Delta", "Alpha"]);
  expect(names({ show: "flowing" })).toEqual(["Zeta"]);
  expect(names({ show: "all" })).toEqual(["Beta", "Gamma", "Delta", "Alpha", "Zeta", "Eta"]);
  expect(names({ cause: "badmail" })).toEqual(["Beta", "Delta"]);
  expect(names({ show: "stopped", cause: "badmail" })).toEqual(["Beta"]);
  expect(names({ search: "whatever SQL found" })).toHaveLength(6);
  expect(names({ show: "nonsense", cause: "nonsense", page: "-1" })).toEqual(names({}));
});

it("counts each state and each cause, and keeps a chosen cause that nobody has any more", () => {
  const { counts, causes } = arrange(all, filterOf({ cause: "room" }));
  expect(counts).toEqual({ stopped: 2, needs: 1, slow: 1, flowing: 1, new: 1, closed: 0 });
  expect(causes.map(({ kind, n }) => `${kind} ${n}`)).toEqual([
    "room 0",
    "server 1",
    "sign-in 1",
    "badmail 2",
    "held 1",
    "waiting 1",
  ]);
});

it("goes through pages, and to the last where the address asks for more than there are", () => {
  const many = Array.from({ length: 2 * perPage + 1 }, (_, n) => placed(`T${n}`, "needs", "held"));
  expect(arrange(many, filterOf({})).rows).toHaveLength(perPage);
  expect(arrange(many, filterOf({ page: "3" }))).toMatchObject({ pages: 3, rows: [expect.anything()] });
  expect(arrange(many, filterOf({ page: "9" })).rows).toHaveLength(1);
});

it("stands whole in the address, and back", () => {
  const filter = filterOf({ search: " a&b ", show: "slow", page: "2" });
  const address = hrefOf(filter, { page: 2 });
  expect(address).toBe("/tenants?search=a%26b&show=slow&page=2");
  expect(filterOf(Object.fromEntries(new URL(address, "http://x").searchParams))).toEqual(filter);
  expect(hrefOf(filter, { show: null })).toBe("/tenants?search=a%26b");
  expect(hrefOf(filterOf({}), {})).toBe("/tenants");
});

it.each([
  [{}, "", "Nobody needs you, of 1 tenant."],
  [{ stopped: 1, needs: 2, slow: 1 }, "", "1 stands still, 2 need you, 1 is slow, of 5 tenants."],
  [{ needs: 1 }, "con", "1 needs you, of 2 found."],
])("sums up %o", (some, search, words) => {
  const none = { stopped: 0, needs: 0, slow: 0, flowing: 1, new: 0, closed: 0 };
  expect(summaryOf({ ...none, ...some }, search)).toBe(words);
});
