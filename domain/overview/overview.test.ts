// The overview's stores on a real database with the portal's own role: steps over a clock change, today, another tenant.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { storeBody } from "@/domain/message/body";
import { sqlTransaction, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { makeMailbox, makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Bucket, chart } from "./chart";
import { overviewFacts } from "./facts";

let db: TestDatabase;
let world: World;
let ours: TenantScope;
let theirs: TenantScope;
const actor = { kind: "person", personId: randomUUID(), name: "Anna" } as const;
const berlin = "Europe/Berlin";

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  world = await makeTenant(db);
  ours = mintScope(db.web, world.tenantId, actor);
  theirs = mintScope(db.web, (await makeTenant(db)).tenantId, actor);
});
afterAll(() => db.drop());

const settle = (at: string, place = "delivered", attempts = 1, kind = "collected") =>
  sqlTransaction(
    db.worker.pool,
    async (sql) => {
      const body = await storeBody(sql, world.tenantId, Buffer.from("Subject: x\r\n\r\nhello\r\n"));
      await sql.query(
        `insert into mail (tenant_id, kind, exchange_id, body_id, size, place, state, attempts, settled_at, collected_at)
         values ($1, $2, $3, $4, 21, $5, 'settled', $6, $7, $7)`,
        [world.tenantId, kind, world.exchangeId, body, place, attempts, at],
      );
    },
    world.tenantId,
  );
const filled = (buckets: Bucket[]) =>
  buckets.flatMap(({ from, accepted, refused }) =>
    accepted + refused > 0 ? [[from.toISOString().slice(0, 16), accepted, refused]] : [],
  );

test("a day over the end of summer time has 24 steps of an hour, the doubled hour in two of them", async () => {
  // 25 October 2026: at 03:00 CEST (01:00 UTC) the clock goes back to 02:00 CET.
  await settle("2026-10-25T00:30:00Z");
  await settle("2026-10-25T01:30:00Z");
  await settle("2026-10-25T01:40:00Z", "badmail");
  const steps = await chart(ours, "day", berlin, new Date("2026-10-25T11:20:00Z"));
  expect(steps).toHaveLength(24);
  expect(steps.at(-1)).toMatchObject({
    from: new Date("2026-10-25T11:00:00Z"),
    until: new Date("2026-10-25T12:00:00Z"),
  });
  expect(filled(steps)).toEqual([
    ["2026-10-25T00:00", 1, 0],
    ["2026-10-25T01:00", 1, 1],
  ]);
});

test("days begin at the zone's midnight: 25 hours in October, 23 in March", async () => {
  await settle("2026-10-24T21:59:00Z");
  await settle("2026-10-24T22:00:00Z");
  await settle("2026-10-25T22:59:00Z", "deleted");
  await settle("2026-10-25T23:00:00Z");
  const autumn = await chart(ours, "month", berlin, new Date("2026-10-26T09:00:00Z"));
  expect(autumn).toHaveLength(30);
  expect(filled(autumn)).toEqual([
    ["2026-10-23T22:00", 1, 0],
    ["2026-10-24T22:00", 1, 1],
    ["2026-10-25T23:00", 1, 0],
  ]);
  const hours = (steps: Bucket[]) => steps.map((one) => (one.until.getTime() - one.from.getTime()) / 3_600_000);
  expect(hours(autumn).filter((n) => n !== 24)).toEqual([25]);
  const spring = await chart(ours, "month", berlin, new Date("2026-04-02T09:00:00Z"));
  expect(hours(spring).filter((n) => n !== 24)).toEqual([23]);
});

test("an hour in a zone of half hours has steps of five minutes; notices and what a person deleted unsent don't count", async () => {
  await settle("2026-11-24T10:31:00Z");
  await settle("2026-11-24T10:31:00Z", "delivered", 1, "notice");
  await settle("2026-11-24T10:31:00Z", "deleted", 0);
  await settle("2026-11-24T09:00:00Z");
  const steps = await chart(ours, "hour", "Asia/Kolkata", new Date("2026-11-24T10:33:00Z"));
  expect(steps).toHaveLength(12);
  expect(filled(steps)).toEqual([["2026-11-24T10:30", 1, 0]]);
  const day = await chart(ours, "day", "Asia/Kolkata", new Date("2026-11-24T10:33:00Z"));
  expect(day.at(-1)?.from).toEqual(new Date("2026-11-24T10:30:00Z"));
});

test("a failed test counts for the server that it was made with, until a newer one or a mail says otherwise", async () => {
  const exchange = await db.owner.prisma.exchange.findFirstOrThrow({ where: { id: world.exchangeId } });
  const probe = (ok: boolean, host: string, at: string) =>
    db.owner.prisma.probe.create({
      data: {
        tenantId: world.tenantId,
        kind: "exchange",
        state: "done",
        requestedBy: "Anna",
        input: { settings: { host, port: exchange.port } },
        verdict: { ok },
        finishedAt: new Date(at),
      },
    });
  const failed = async () => (await overviewFacts(ours, berlin, new Date("2026-11-24T09:00:00Z"))).testFailed;
  await probe(false, "other.example", "2026-11-24T08:00:00Z");
  expect(await failed()).toBe(false);
  await probe(false, exchange.host, "2026-11-24T08:01:00Z");
  expect(await failed()).toBe(true);
  expect((await overviewFacts(theirs, berlin, new Date())).testFailed).toBe(false);
  await probe(true, exchange.host, "2026-11-24T08:02:00Z");
  expect(await failed()).toBe(false);
  await probe(false, exchange.host, "2026-11-24T08:03:00Z");
  expect(await failed()).toBe(true);
  await settle("2026-11-24T08:30:00Z");
  expect(await failed()).toBe(false);
});

test("a mailbox is signed in to by the newest test of its place, until a worker has looked into it", async () => {
  const id = await makeMailbox(db, world.tenantId);
  const { protocol, host, port, username } = await db.owner.prisma.mailbox.findFirstOrThrow({ where: { id } });
  const probe = (ok: boolean, at: string, elsewhere: object = {}) =>
    db.owner.prisma.probe.create({
      data: {
        tenantId: world.tenantId,
        kind: "mailbox",
        state: "done",
        requestedBy: "Anna",
        input: { settings: { protocol, host, port, username, ...elsewhere } },
        verdict: { ok },
        finishedAt: new Date(at),
      },
    });
  const signsIn = async () => [...(await overviewFacts(ours, berlin, new Date())).signsIn];
  await probe(false, "2026-11-24T08:00:00Z");
  await probe(true, "2026-11-24T08:01:00Z", { username: "another" });
  await probe(true, "2026-11-24T08:01:00Z", { port: port + 1 });
  expect(await signsIn()).toEqual([]);
  await probe(true, "2026-11-24T08:02:00Z");
  expect(await signsIn()).toEqual([id]);
  expect((await overviewFacts(theirs, berlin, new Date())).signsIn.size).toBe(0);
  await probe(false, "2026-11-24T08:03:00Z");
  expect(await signsIn()).toEqual([]);
  await probe(true, "2026-11-24T08:04:00Z");
  await db.owner.prisma.mailboxState.updateMany({ where: { mailboxId: id }, data: { lastResult: "refused" } });
  expect(await signsIn()).toEqual([]);
});

test("today is the tenant's day; a worker of another site is none; another tenant's facts are its own", async () => {
  await makeMailbox(db, world.tenantId, { name: "info" });
  await settle("2026-11-23T22:30:00Z");
  await settle("2026-11-23T23:30:00Z");
  await db.owner.pool.query(
    "insert into worker (id, name, sites) values ($1, 'far', '{elsewhere}') on conflict do nothing",
    [randomUUID()],
  );
  const now = new Date("2026-11-24T09:00:00Z");
  const facts = await overviewFacts(ours, berlin, now);
  expect(facts).toMatchObject({
    worker: { beats: false, site: "main" },
    lane: { host: "127.0.0.1", state: "closed" },
    today: { accepted: 1, lastAccepted: new Date("2026-11-23T23:30:00Z"), waiting: 0 },
    tested: true,
  });
  expect(facts.mailboxes).toHaveLength(1);
  await db.owner.pool.query("insert into worker (id, name, sites) values ($1, 'near', '{main}')", [randomUUID()]);
  expect((await overviewFacts(ours, berlin, now)).worker).toMatchObject({ beats: true, name: "near" });
  const other = await overviewFacts(theirs, berlin, now);
  expect(other).toMatchObject({ mailboxes: [], today: { accepted: 0, lastAccepted: null }, tested: false });
  expect(filled(await chart(theirs, "month", berlin, now))).toEqual([]);
});
