import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tenantsSeen } from "@/domain/overview/tenants";
import { beginSession } from "@/domain/person/session";
import type { PlatformScope } from "@/domain/platform/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { placeCounts, readOwnSettings, saveOwnSettings } from "./store";
import { closedToMember, closeTenant, makeTenant, myClosedTenants, myTenants, reopenTenant } from "./store-platform";

let db: TestDatabase;
let scope: PlatformScope;
let admin = "";
let member = "";
let stranger = "";
const now = new Date();
const visitor = { address: "192.0.2.1", agent: "" };

beforeAll(async () => {
  db = await testDatabase();
  scope = { db: db.web, personId: null, name: "Tester", role: "admin" };
  for (const slug of ["alpha", "beta", "gamma"])
    await makeTenant(scope, { slug, name: `${slug} Ltd`, site: "main", timeZone: "Europe/Berlin" });
  const person = async (email: string, role: string | null) =>
    (await db.owner.pool.query("insert into person (email, platform_role) values ($1, $2) returning id", [email, role]))
      .rows[0].id;
  admin = await beginSession(db.web, await person("admin@example.com", "admin"), visitor, now);
  const m = await person("member@example.com", null);
  await db.owner.pool.query(
    "insert into membership (tenant_id, person_id, role) select id, $1, 'viewer' from tenant where slug = 'beta'",
    [m],
  );
  member = await beginSession(db.web, m, visitor, now);
  stranger = await beginSession(db.web, await person("stranger@example.com", null), visitor, now);
});
afterAll(() => db.drop());

const idOf = async (slug: string) =>
  (await db.owner.pool.query("select id from tenant where slug = $1", [slug])).rows[0].id as string;

const slugsOf = async (who: string) => (await tenantsSeen(db.web, who)).tenants.map(({ slug }) => slug);

describe("tenants", () => {
  it("are listed to whom they concern", async () => {
    expect(await slugsOf(admin)).toEqual(["alpha", "beta", "gamma"]);
    expect((await tenantsSeen(db.web, admin, "GAMMA l")).tenants).toHaveLength(1);
    expect((await tenantsSeen(db.web, member)).tenants.map((row) => [row.slug, row.role])).toEqual([
      ["beta", "viewer"],
    ]);
    expect(await slugsOf("no session at all")).toEqual([]);
    expect(await myTenants(db.web, member, 5)).toEqual([{ slug: "beta", name: "beta Ltd" }]);
  });

  it("carry their ledger from the first moment, and a name is taken once", async () => {
    const { rows } = await db.owner.pool.query("select collected from ledger where tenant_id = $1", [
      await idOf("alpha"),
    ]);
    expect(rows).toEqual([{ collected: 0 }]);
    await expect(makeTenant(scope, { slug: "alpha", name: "x", site: "main", timeZone: "UTC" })).rejects.toMatchObject({
      fields: { slug: expect.stringContaining("taken") },
    });
  });

  it("close, are hidden from members, and open again within 30 days only", async () => {
    const beta = { id: await idOf("beta"), slug: "beta" };
    await closeTenant(scope, beta, now);
    expect(await slugsOf(member)).toEqual([]);
    expect(await myClosedTenants(db.web, member)).toEqual([
      { slug: "beta", name: "beta Ltd", timeZone: "Europe/Berlin", closedAt: now },
    ]);
    expect(await myClosedTenants(db.web, stranger)).toEqual([]);
    const asked = [member, stranger, "no session at all"].map((who) => closedToMember(db.web, who, "beta"));
    expect(await Promise.all(asked)).toEqual([true, false, false]);
    expect(await closedToMember(db.web, member, "alpha")).toBe(false);
    expect((await tenantsSeen(db.web, admin)).tenants.find((row) => row.slug === "beta")).toMatchObject({
      state: "closed",
    });
    await expect(reopenTenant(scope, beta, new Date(now.getTime() + 31 * 86_400_000))).rejects.toThrow("30 days");
    await reopenTenant(scope, beta, now);
    expect(await myClosedTenants(db.web, member)).toEqual([]);
    expect(await closedToMember(db.web, member, "beta")).toBe(false);
    const { rows } = await db.owner.pool.query("select action, who from audit where tenant_id = $1 order by id", [
      beta.id,
    ]);
    expect(rows.map((row) => row.action)).toEqual(["tenant.make", "tenant.close", "tenant.reopen"]);
    expect(await slugsOf(member)).toEqual(["beta"]);
  });

  it("that are closed are known by their name, however many others are closed to the same person", async () => {
    await db.owner.pool.query(
      `with made as (
         insert into tenant (slug, name, time_zone, state, closed_at)
         select 'old-' || n, 'Old ' || n, 'UTC', 'closed', now() from generate_series(10, 34) n returning id)
       insert into membership (tenant_id, person_id, role)
       select made.id, p.id, 'viewer' from made, person p where p.email = 'member@example.com'`,
    );
    expect((await myClosedTenants(db.web, member)).map(({ slug }) => slug)).not.toContain("old-34");
    expect(await closedToMember(db.web, member, "old-34")).toBe(true);
    await db.owner.pool.query("delete from tenant where slug like 'old-%'");
  });

  it("are made and closed by platform administrators only", async () => {
    const low: PlatformScope = { ...scope, role: "operator" };
    await expect(makeTenant(low, { slug: "x", name: "x", site: "main", timeZone: "UTC" })).rejects.toThrow("Your role");
    await expect(closeTenant(low, { id: "x", slug: "x" }, now)).rejects.toThrow("Your role");
  });

  it("save their own settings once per version, audited", async () => {
    const ours = mintScope(db.web, await idOf("alpha"), { kind: "command", name: "Tester" });
    const before = await readOwnSettings(ours);
    const edit = { ...before, contact: "Call 030 1234", retention: { deliveredHours: 24, badmailDays: 30 } };
    expect(await saveOwnSettings(ours, edit)).toEqual({ version: before.version + 1 });
    await expect(saveOwnSettings(ours, edit)).rejects.toMatchObject({ name: "Conflict", by: "Tester" });
    const { rows } = await db.owner.pool.query(
      "select changes from audit where tenant_id = $1 and action = 'tenant.save'",
      [ours.tenantId],
    );
    expect(rows[0].changes).toMatchObject({
      deliveredHours: { from: 72, to: 24 },
      contact: { from: "", to: "Call 030 1234" },
    });
  });
});

it("counts for the menu only what was collected, of this tenant", async () => {
  const ours = mintScope(db.web, await idOf("alpha"), { kind: "command", name: "Tester" });
  const theirs = mintScope(db.web, await idOf("gamma"), { kind: "command", name: "Tester" });
  const mail = async (kind: string, place: string) => {
    const body = await db.owner.pool.query("insert into body (tenant_id) values ($1) returning id", [ours.tenantId]);
    await db.owner.pool.query("insert into mail (tenant_id, kind, place, body_id, size) values ($1, $2, $3, $4, 1)", [
      ours.tenantId,
      kind,
      place,
      body.rows[0].id,
    ]);
  };
  for (const [kind, place] of [
    ["collected", "waiting"],
    ["collected", "badmail"],
    ["collected", "badmail"],
    ["collected", "delivered"],
    ["notice", "waiting"],
  ] as const)
    await mail(kind, place);
  expect(await placeCounts(ours)).toEqual({ waiting: 1, held: 0, badmail: 2 });
  expect(await placeCounts(theirs)).toEqual({ waiting: 0, held: 0, badmail: 0 });
  const listed = (await tenantsSeen(db.web, admin)).tenants.find((row) => row.slug === "alpha");
  expect(listed).toMatchObject({ waiting: 1, held: 0, badmail: 2, lane: null, mailboxes: 0 });
  expect(listed?.oldestWaiting).toBeInstanceOf(Date);
});
