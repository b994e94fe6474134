// Retention with the clock given: what goes, what stays, and the sum before and after.
import { randomUUID } from "node:crypto";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { holds, sumsIn } from "@/domain/ledger/sum";
import { type Announced, announcedWords, keepingOf } from "@/domain/retention/announced";
import { acceptClock } from "@/domain/retention/clock";
import { eraseBodies } from "@/domain/retention/mail";
import { claimTenants } from "@/domain/retention/platform";
import { sqlOf } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { closeTenant, reopenTenant } from "@/domain/tenant/store-platform";
import { type TestDatabase, testDatabase } from "@/test/database";
import type { WorkerContext } from "./room";
import { makeTidyRoom } from "./tidy";

let db: TestDatabase;
let tenantId: string;
const start = new Date("2026-07-01T10:00:00Z");
let now = start;
const later = (days: number) => new Date(start.getTime() + days * 86_400_000);

/** As if retention had looked at the clock a moment ago. */
const tidy = async () => {
  await db.owner.pool.query("delete from retention_clock");
  await look();
};
const allDue = () => db.owner.pool.query("update tenant set tidy_due_at = now() - interval '1 second'");
/** A round: ten minutes after the last one. */
const look = async () => {
  await allDue();
  await step();
};
const step = () =>
  makeTidyRoom(async () => now).step({
    db: db.worker,
    workerId: randomUUID(),
    name: "ferry",
    env: { sites: ["main"] },
    log: pino({ level: "silent" }),
    // The worker's own clock counts for nothing here.
    clock: () => new Date("2099-01-01"),
    stopping: new AbortController().signal,
    // The room uses nothing else of its context.
  } as unknown as WorkerContext);

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  now = start;
  await db.owner.prisma.tenant.deleteMany();
  tenantId = (await db.owner.prisma.tenant.create({ data: { slug: "a", name: "A", timeZone: "UTC" } })).id;
  await db.owner.prisma.ledger.create({ data: { tenantId } });
});

async function mail(place: string, kind = "collected", bodyId?: string) {
  const { prisma } = db.owner;
  const body =
    bodyId ?? (await prisma.body.create({ data: { tenantId, complete: true, size: 3, createdAt: start } })).id;
  if (!bodyId)
    await prisma.$executeRaw`insert into body_chunk values (${tenantId}::uuid, ${body}::uuid, 0, 'abc'::bytea)`;
  const over = place !== "waiting";
  const gone = place === "deleted";
  const row = await prisma.mail.create({
    data: {
      tenantId,
      kind,
      bodyId: body,
      size: 3,
      // A person deletes what is there already.
      place: gone ? "badmail" : place,
      collectedAt: start,
      state: over ? "settled" : "ready",
      settledAt: over ? start : null,
    },
  });
  if (gone) await prisma.mail.updateMany({ where: { id: row.id }, data: { place } });
  await prisma.recipient.create({ data: { tenantId, mailId: row.id, address: "x@a.example", place } });
  if (kind === "collected")
    await prisma.ledger.updateMany({ where: { tenantId }, data: { collected: { increment: 1 } } });
  return row;
}
const kept = async () =>
  (await db.owner.prisma.body.findMany({ where: { tenantId, erasedAt: null }, select: { id: true } })).map(
    ({ id }) => id,
  );
const sum = async () => (await sumsIn(sqlOf(db.owner.pool), [tenantId])).get(tenantId);

describe("bodies", () => {
  it("of delivered mail go after 72 hours, of deleted mail at once, of waiting, held and BADMAIL never", async () => {
    const delivered = await mail("delivered");
    await mail("deleted");
    const stay = [await mail("waiting"), await mail("held"), await mail("badmail")];
    await mail("waiting", "copy", delivered.bodyId);
    const shared = delivered.bodyId;
    const alone = await mail("delivered");
    await tidy();
    expect((await kept()).sort()).toEqual([shared, alone.bodyId, ...stay.map((row) => row.bodyId)].sort());
    now = later(2.9);
    await tidy();
    expect(await kept()).toContain(alone.bodyId);
    now = later(3.1);
    await tidy();
    expect((await kept()).sort()).toEqual([shared, ...stay.map((row) => row.bodyId)].sort());
    expect((await db.owner.pool.query("select 1 from body_chunk where body_id = $1", [alone.bodyId])).rowCount).toBe(0);
  });

  it.each([0, 720])("of delivered mail go after the company's own %d hours", async (hours) => {
    await db.owner.prisma.tenant.updateMany({ data: { deliveredHours: hours } });
    const { bodyId } = await mail("delivered");
    now = new Date(start.getTime() + hours * 3_600_000 - 1000);
    await tidy();
    expect(await kept()).toEqual([bodyId]);
    now = new Date(start.getTime() + hours * 3_600_000 + 1000);
    await tidy();
    expect(await kept()).toEqual([]);
  });

  it("that a mail kept go when that one is over, each in its own time", async () => {
    const { prisma } = db.owner;
    const settle = (id: string, place: string, at: Date | null = now) =>
      prisma.mail.updateMany({
        where: { id },
        data: { place, state: place === "waiting" ? "ready" : "settled", settledAt: at },
      });
    const badmail = await mail("badmail");
    const held = await mail("held");
    const late = await mail("badmail");
    const waits = await mail("waiting");
    const first = await mail("delivered");
    const copy = await mail("waiting", "copy", first.bodyId);
    now = later(10);
    await tidy();
    expect(await kept()).toHaveLength(5);
    // Deleted while another copy waits: not yet. That one is deleted too: at once.
    await settle(first.id, "deleted");
    await settle(badmail.id, "deleted", start);
    await tidy();
    expect((await kept()).sort()).toEqual([held, late, waits, first].map((row) => row.bodyId).sort());
    await settle(copy.id, "deleted");
    // The answer came late: it was over ten days ago.
    await settle(late.id, "delivered", start);
    await settle(held.id, "waiting", null);
    await tidy();
    expect((await kept()).sort()).toEqual([held, waits].map((row) => row.bodyId).sort());
    await settle(waits.id, "delivered");
    now = later(11);
    await tidy();
    await settle(held.id, "delivered");
    now = later(13.1);
    await tidy();
    expect(await kept()).toEqual([held.bodyId]);
    now = later(14.1);
    await tidy();
    expect(await kept()).toEqual([]);
  });

  it("are looked at when they may be due, and not in each round while they are kept", async () => {
    for (let n = 0; n < 3; n += 1) for (const place of ["waiting", "held", "badmail", "delivered"]) await mail(place);
    const look = () => eraseBodies(mintScope(db.worker, tenantId, { kind: "command", name: "Tester" }), 72, now);
    expect(await look()).toEqual({ looked: 0, erased: 0, more: false });
    now = later(3.1);
    expect(await look()).toEqual({ looked: 12, erased: 3, more: false });
    expect(await look()).toEqual({ looked: 0, erased: 0, more: false });
    now = later(6.2);
    expect(await look()).toEqual({ looked: 9, erased: 0, more: false });
    await db.owner.prisma.mail.updateMany({ where: { tenantId, place: "badmail" }, data: { place: "deleted" } });
    expect(await look()).toEqual({ looked: 3, erased: 3, more: false });
  });

  it("that are large go a few at a time, and all in one round", async () => {
    const look = () => eraseBodies(mintScope(db.worker, tenantId, { kind: "command", name: "Tester" }), 72, now);
    for (let n = 0; n < 5; n += 1) await mail("delivered");
    await db.owner.pool.query("update body set size = 40 * 1024 * 1024 where tenant_id = $1", [tenantId]);
    now = later(4);
    expect(await look()).toEqual({ looked: 2, erased: 2, more: true });
    expect(await kept()).toHaveLength(3);
    await tidy();
    expect(await kept()).toEqual([]);
  });

  it("of a mail that is deleted while they are looked at go in the next round", async () => {
    const { id } = await mail("badmail");
    now = later(4);
    const person = await db.owner.pool.connect();
    await person.query("begin");
    await person.query("update mail set place = 'deleted' where id = $1", [id]);
    await tidy();
    await person.query("commit");
    person.release();
    expect(await kept()).toHaveLength(1);
    await tidy();
    expect(await kept()).toEqual([]);
  });

  it("that were never finished go after a day, or two while a session runs", async () => {
    const { prisma } = db.owner;
    const body = await prisma.body.create({ data: { tenantId, createdAt: start } });
    const mailbox = await prisma.mailbox.create({
      data: { tenantId, name: "m", protocol: "pop3", host: "h", port: 110, username: "u", recipientMode: "single" },
    });
    await prisma.mailboxState.create({
      data: { tenantId, mailboxId: mailbox.id, leaseUntil: new Date(Date.now() + 600_000) },
    });
    now = later(1.5);
    await tidy();
    expect(await kept()).toEqual([body.id]);
    await prisma.mailboxState.updateMany({ data: { leaseUntil: null } });
    await tidy();
    expect(await kept()).toEqual([]);
  });
});

describe("rows", () => {
  it("go after 90 days, their counts are carried, and the sum holds throughout", async () => {
    for (const place of ["delivered", "delivered", "merged", "discarded", "deleted", "waiting", "held", "badmail"])
      await mail(place);
    await mail("delivered", "notice");
    const before = await sum();
    now = later(91);
    await tidy();
    expect(await sum()).toEqual(before);
    expect(before && holds(before)).toBe(true);
    expect(await db.owner.prisma.mail.count({ where: { tenantId } })).toBe(3);
    expect(await db.owner.prisma.body.count({ where: { tenantId } })).toBe(3);
    expect(await db.owner.prisma.ledger.findFirst({ where: { tenantId } })).toMatchObject({
      delivered: 2n,
      merged: 1n,
    });
    expect(await db.owner.prisma.alert.count({ where: { kind: "sum", resolvedAt: null } })).toBe(0);
  });

  it("raises an alert when the sum does not hold", async () => {
    await mail("held");
    await db.owner.prisma.ledger.updateMany({ data: { collected: 5 } });
    await tidy();
    expect(await db.owner.prisma.alert.findFirst({ where: { cause: `sum:${tenantId}` } })).toMatchObject({
      resolvedAt: null,
    });
  });

  it("of identities go 90 days after they closed; what start left out stays for ever", async () => {
    const identity = (state: string, uid: string, hashes = {}) =>
      db.owner.prisma.identity.create({
        data: { tenantId, mailboxId: randomUUID(), uid, state, closedAt: state === "closed" ? start : null, ...hashes },
      });
    await identity("closed", "1");
    await identity("closed", "collected", { headerHash: Buffer.alloc(32), canonicalHash: Buffer.alloc(32) });
    await identity("closed", "left out, then gone from a listing", { headerHash: Buffer.alloc(32) });
    await identity("skipped", "2");
    await identity("stored", "3");
    now = later(89);
    await tidy();
    expect(await db.owner.prisma.identity.count({ where: { tenantId } })).toBe(5);
    now = later(4000);
    await tidy();
    expect((await db.owner.prisma.identity.findMany({ where: { tenantId } })).map(({ uid }) => uid).sort()).toEqual([
      "2",
      "3",
      "left out, then gone from a listing",
    ]);
  });

  it("of the audit go after two years of the database's clock, whatever the worker's clock says", async () => {
    const { pool } = db.owner;
    await pool.query(
      "insert into audit (tenant_id, at, who, action) values ($1, now() - interval '3 years', 'x', 'old'), ($1, now(), 'x', 'new')",
      [tenantId],
    );
    now = new Date(Date.now() + 10 * 365 * 86_400_000);
    await tidy();
    expect((await pool.query("select action from audit where tenant_id = $1", [tenantId])).rows).toEqual([
      { action: "new" },
    ]);
    await expect(db.worker.pool.query("delete from audit where tenant_id = $1", [tenantId])).rejects.toThrow(
      /permission denied/,
    );
  });

  it("of probes go after a week with their passwords", async () => {
    const probe = await db.owner.prisma.probe.create({
      data: { tenantId, kind: "exchange", state: "stopped", input: {}, requestedBy: "x", requestedAt: start },
    });
    await db.owner.pool.query("insert into secret values ($1, $2, 'password', 'k', 'x')", [tenantId, probe.id]);
    now = later(8);
    await tidy();
    expect(await db.owner.prisma.probe.count()).toBe(0);
    expect((await db.owner.pool.query("select 1 from secret where tenant_id = $1", [tenantId])).rowCount).toBe(0);
  });
});

const told = async (at: Date) => {
  const notice = await db.owner.prisma.notice.findFirstOrThrow({ where: { tenantId, kind: "retention" } });
  const sent = await mail("delivered", "notice");
  await db.owner.prisma.mail.updateMany({ where: { id: sent.id }, data: { settledAt: at } });
  await db.owner.prisma.notice.updateMany({ where: { id: notice.id }, data: { state: "told", sentMailId: sent.id } });
  return notice;
};

describe("BADMAIL and held mail", () => {
  it("never expires by itself", async () => {
    await mail("badmail");
    now = later(4000);
    await tidy();
    expect(await sum()).toMatchObject({ badmail: 1, expired: 0 });
    expect(await db.owner.prisma.notice.count()).toBe(0);
  });

  it("expires after the tenant's period, 7 days after a notice that was delivered", async () => {
    await db.owner.prisma.tenant.updateMany({ data: { badmailDays: 30 } });
    await mail("badmail");
    await mail("held");
    now = later(22);
    await tidy();
    expect(await db.owner.prisma.notice.count()).toBe(0);
    now = later(23.5);
    await tidy();
    const notice = await db.owner.prisma.notice.findFirst({ where: { tenantId } });
    expect(notice).toMatchObject({
      kind: "retention",
      state: "pending",
      facts: { count: 2, deleteAfter: later(30.5).toISOString() },
    });
    // Not told: nothing goes, however long it takes.
    now = later(60);
    await tidy();
    expect(await sum()).toMatchObject({ badmail: 1, held: 1 });
    await told(later(55));
    await tidy();
    expect(await sum()).toMatchObject({ badmail: 1, held: 1 });
    now = later(62.1);
    await tidy();
    expect(await sum()).toMatchObject({ badmail: 0, held: 0, expired: 2 });
    const events = await db.owner.prisma.mailEvent.findMany({ where: { tenantId, kind: "expired" } });
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      at: now,
      text: "Removed after 30 days, as the setting “BADMAIL and held mail” said; the postmaster was told 7 days before.",
    });
    expect(await db.owner.prisma.notice.count({ where: { kind: "retention" } })).toBe(1);
  });
});

describe("what people see before BADMAIL and held mail goes", () => {
  const keeping = (of = tenantId) => keepingOf(mintScope(db.web, of, { kind: "command", name: "Tester" }), now);
  const words = (announced: Announced | null) =>
    announced && announcedWords(announced, 30, (at) => at.toISOString().slice(0, 10)).title;

  it("is the period, the number and the day; what somebody decides meanwhile is not counted any more", async () => {
    expect(await keeping()).toEqual({ deliveredHours: 72, badmailDays: 0, announced: null });
    await db.owner.prisma.tenant.updateMany({ data: { badmailDays: 30 } });
    const first = await mail("badmail");
    await mail("held");
    now = later(22);
    await tidy();
    expect(await keeping()).toEqual({ deliveredHours: 72, badmailDays: 30, announced: null });
    now = later(23.5);
    await tidy();
    expect((await keeping()).announced).toMatchObject({ mails: 2, toldAt: null, goesAt: null });
    expect(words((await keeping()).announced)).toBe(
      "2 mails in BADMAIL and held are removed 7 days after your postmaster was told.",
    );
    await told(later(24));
    expect((await keeping()).announced).toMatchObject({ mails: 2, toldAt: later(24), goesAt: later(31) });
    await db.owner.prisma.mail.updateMany({ where: { id: first.id }, data: { place: "deleted" } });
    expect(words((await keeping()).announced)).toBe("1 mail in BADMAIL and held is removed after 2026-08-01.");
    const other = await db.owner.prisma.tenant.create({
      data: { slug: "b", name: "B", timeZone: "UTC", badmailDays: 30 },
    });
    expect((await keeping(other.id)).announced).toBeNull();
    // A longer period since: nothing of it is due then.
    await db.owner.prisma.tenant.updateMany({ data: { badmailDays: 60 } });
    expect((await keeping()).announced).toBeNull();
    await db.owner.prisma.tenant.updateMany({ data: { badmailDays: 30 } });
    now = later(31.1);
    await tidy();
    expect((await keeping()).announced).toBeNull();
    expect(await sum()).toMatchObject({ held: 0, expired: 1 });
  });
});

describe("a clock that jumps", () => {
  const held = () => db.owner.prisma.alert.findFirst({ where: { cause: "clock", resolvedAt: null } });

  it("by 400 days expires nothing and tells the platform's people; a day of even running later all goes on", async () => {
    await db.owner.prisma.tenant.updateMany({ data: { badmailDays: 30 } });
    await mail("badmail");
    const body = (await mail("delivered")).bodyId;
    await tidy();
    now = later(400);
    await look();
    expect(await kept()).toContain(body);
    expect(await sum()).toMatchObject({ badmail: 1, delivered: 1 });
    expect(await db.owner.prisma.mail.count({ where: { tenantId } })).toBe(2);
    expect(await db.owner.prisma.notice.count({ where: { tenantId } })).toBe(0);
    expect(await held()).toMatchObject({ kind: "clock", text: expect.stringContaining("deletes no old mail") });
    for (let n = 1; n <= 24; n += 1) {
      expect(await kept()).toContain(body);
      now = new Date(later(400).getTime() + n * 3_600_000);
      await look();
    }
    expect(await kept()).not.toContain(body);
    expect(await held()).toBeNull();
    // Even now BADMAIL goes only after its notice.
    expect(await sum()).toMatchObject({ badmail: 1 });
  });

  it("goes on at once when a person says that it is right", async () => {
    const body = (await mail("delivered")).bodyId;
    await tidy();
    now = later(400);
    await look();
    expect(await kept()).toContain(body);
    expect(await acceptClock(db.owner, "Ann")).toBe(true);
    expect(await acceptClock(db.owner, "Ann")).toBe(false);
    await look();
    expect(await kept()).not.toContain(body);
    expect(await held()).toBeNull();
  });
});

describe("closed companies", () => {
  it("are erased after 30 days, with all that was theirs", async () => {
    await mail("badmail");
    await mail("delivered");
    await db.owner.pool.query("insert into secret values ($1, $2, 'password', 'k', 'x')", [tenantId, randomUUID()]);
    await db.owner.pool.query("insert into audit (tenant_id, who, action) values ($1, 'x', 'y')", [tenantId]);
    const other = (
      await db.owner.prisma.tenant.create({
        data: { slug: "b", name: "B", timeZone: "UTC", state: "closed", closedAt: later(20) },
      })
    ).id;
    await db.owner.prisma.tenant.updateMany({ where: { id: tenantId }, data: { state: "closed", closedAt: start } });
    now = later(29);
    await tidy();
    expect(await db.owner.prisma.mail.count({ where: { tenantId } })).toBe(2);
    now = later(31);
    await tidy();
    const { rows } = await db.owner.pool.query<{ t: string }>(
      "select table_name as t from information_schema.columns where column_name = 'tenant_id' and table_schema = 'public'",
    );
    for (const { t } of rows)
      expect((await db.owner.pool.query(`select 1 from ${t} where tenant_id = $1`, [tenantId])).rowCount, t).toBe(0);
    expect((await db.owner.prisma.tenant.findMany()).map(({ id }) => id)).toEqual([other]);
  });

  it("that are undone in time keep everything, and have their 30 days anew when closed again", async () => {
    const scope = { db: db.owner, personId: null, name: "Tester", role: "admin" } as const;
    const tenant = { id: tenantId, slug: "a" };
    for (const place of ["delivered", "held", "badmail", "waiting"]) await mail(place);
    const box = (name: string) => ({
      name,
      protocol: "pop3",
      host: "h",
      port: 110,
      username: name,
      recipientMode: "single",
    });
    const states = { runs: "active", rests: "paused" };
    for (const [name, state] of Object.entries(states)) {
      const { id } = await db.owner.prisma.mailbox.create({ data: { tenantId, ...box(name) } });
      await db.owner.prisma.mailboxState.create({
        data: { tenantId, mailboxId: id, state, dueAt: state === "active" ? start : null },
      });
    }
    const due = async () =>
      (await db.owner.prisma.mailboxState.findMany({ where: { tenantId } })).map(({ state, dueAt }) => [state, dueAt]);
    const before = await sum();
    await closeTenant(scope, tenant, start);
    expect(await due()).toEqual(
      expect.arrayContaining([
        ["active", null],
        ["paused", null],
      ]),
    );
    now = later(29.9);
    await tidy();
    await reopenTenant(scope, tenant, now);
    expect(await sum()).toEqual(before);
    expect(await due()).toEqual(
      expect.arrayContaining([
        ["active", now],
        ["paused", null],
      ]),
    );
    now = later(31);
    await tidy();
    expect(await sum()).toEqual(before);
    await closeTenant(scope, tenant, now);
    now = later(60);
    await tidy();
    expect(await sum()).toEqual(before);
    now = later(61.1);
    await tidy();
    expect(await db.owner.prisma.tenant.count()).toBe(0);
    expect(
      (await db.owner.pool.query("select who from platform_audit where action = 'tenant.erase'")).rows,
    ).toContainEqual({
      who: "retention",
    });
  });
});

describe("several workers", () => {
  const sums = async (at: Date) =>
    (await db.owner.pool.query<{ n: number }>("select count(*)::int as n from ledger_proof where sum_at = $1", [at]))
      .rows[0]?.n;
  const make = async (count: number) => {
    await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) select 'many' || n, 'Many', 'UTC' from generate_series(1, $1::int) n",
      [count],
    );
    await db.owner.pool.query("insert into ledger (tenant_id) select id from tenant on conflict do nothing");
    await allDue();
  };
  const claim = (sites = ["main"]) => claimTenants(db.worker, sites, now, 40);

  it("share the tenants: some in each step, and each in one worker's round", async () => {
    await make(149);
    now = later(1);
    expect(await step()).toBe(0);
    expect(await sums(now)).toBe(100);
    const first = now;
    now = later(1.001);
    expect(await step()).toBe(600_000);
    expect([await sums(first), await sums(now)]).toEqual([100, 50]);
    const second = now;
    now = later(1.002);
    expect(await step()).toBe(600_000);
    expect([await sums(first), await sums(second), await sums(now)]).toEqual([100, 50, 0]);
  });

  it("at the same time tidy no tenant twice, and what one died with is taken by another", async () => {
    await make(99);
    const claims = (await Promise.all([claim(), claim(), claim()])).map((page) => page.map((one) => one.tenantId));
    expect(new Set(claims.flat()).size).toBe(claims.flat().length);
    const rest = await claim();
    expect(claims.flat().length + rest.length).toBe(100);
    expect(await claim()).toEqual([]);
    await db.owner.pool.query("update tenant set tidy_due_at = tidy_due_at - interval '9 minutes'");
    expect(await claim(["elsewhere"])).toEqual([]);
    expect(await claim()).toHaveLength(40);
  });

  it("don't wait for a clock that jumped ahead and back, or for who edits a tenant", async () => {
    await make(1);
    await db.owner.pool.query("update tenant set tidy_due_at = now() + interval '400 days' where id = $1", [tenantId]);
    const person = await db.owner.pool.connect();
    await person.query("begin");
    await person.query("update tenant set name = 'B' where id <> $1", [tenantId]);
    expect((await claim()).map((one) => one.tenantId)).toEqual([tenantId]);
    await person.query("rollback");
    person.release();
    expect(await claim()).toHaveLength(1);
  });

  it("come back soon to a tenant that has more than is done in one turn", async () => {
    await db.owner.pool.query(
      `with b as (insert into body (tenant_id, complete, created_at) select $1::uuid, true, $2 from generate_series(1, 2600) returning id)
       insert into mail (tenant_id, kind, body_id, size, place, state, settled_at, collected_at)
       select $1, 'notice', id, 3, 'delivered', 'settled', $2, $2 from b`,
      [tenantId, start],
    );
    now = later(4);
    await db.owner.pool.query("delete from retention_clock");
    await allDue();
    expect(await step()).toBe(60_000);
    expect(await kept()).toHaveLength(100);
    await db.owner.pool.query("update tenant set tidy_due_at = tidy_due_at - interval '1 minute'");
    expect(await step()).toBe(600_000);
    expect(await kept()).toEqual([]);
  });
});
