// The sum and `status` against a real database: exact counts, the promised shape, and only one's own tenant.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { holds, sumOf } from "@/domain/ledger/sum";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { status, statusOf } from "./status";

let db: TestDatabase;
let a: string;
let b: string;
const actor = { kind: "command", name: "test" } as const;

beforeAll(async () => {
  db = await testDatabase();
  const make = async (slug: string) =>
    (await db.owner.prisma.tenant.create({ data: { slug, name: slug.toUpperCase(), timeZone: "UTC" } })).id;
  b = await make("b");
  a = await make("a");
  const owner = db.owner.prisma;
  const exchange = await owner.exchange.create({
    data: { tenantId: a, host: "mail.a.example", postmaster: "p@a.example" },
  });
  await owner.lane.create({
    data: { tenantId: a, exchangeId: exchange.id, state: "open", reason: "refused", nextTryAt: new Date(1e12) },
  });
  const slot = { tenantId: a, exchangeId: exchange.id, token: randomUUID(), workerId: randomUUID() };
  await owner.laneSlot.create({ data: { ...slot, n: 1, leaseUntil: new Date(Date.now() + 60_000) } });
  await owner.laneSlot.create({ data: { ...slot, n: 2, leaseUntil: new Date(Date.now() - 60_000) } });
  const mailbox = await owner.mailbox.create({
    data: {
      tenantId: a,
      name: "Info",
      protocol: "pop3",
      host: "pop.a.example",
      port: 995,
      username: "info",
      recipientMode: "single",
    },
  });
  await owner.mailboxState.create({
    data: { tenantId: a, mailboxId: mailbox.id, lastResult: "ok", lastPollAt: new Date(1e12) },
  });
  const body = await owner.body.create({ data: { tenantId: a, complete: true } });
  const mail = (place: string, kind = "collected", at = new Date()) =>
    owner.mail.create({ data: { tenantId: a, kind, bodyId: body.id, size: 1, place, collectedAt: at } });
  await mail("waiting", "collected", new Date(1_700_000_000_000));
  for (const place of ["waiting", "held", "badmail", "delivered", "merged", "discarded", "deleted", "expired"])
    await mail(place);
  await mail("waiting", "notice", new Date(0));
  await mail("delivered", "copy");
  await owner.ledger.create({ data: { tenantId: a, collected: 109, delivered: 95, deleted: 5 } });
});
afterAll(() => db.drop());

describe("status", () => {
  it("has the promised shape, tenants ordered by slug", async () => {
    const { tenants } = await status(db.owner);
    expect(tenants.map(({ slug }) => slug)).toEqual(["a", "b"]);
    expect(tenants[0]).toEqual({
      slug: "a",
      name: "A",
      state: "active",
      collected: 109,
      delivered: 96,
      waiting: 2,
      held: 1,
      badmail: 1,
      expired: 1,
      discarded: 1,
      merged: 1,
      deleted: 6,
      oldestWaiting: "2023-11-14T22:13:20.000Z",
      lanes: [
        {
          host: "mail.a.example",
          port: 25,
          state: "open",
          reason: "refused",
          connections: 1,
          nextTry: "2001-09-09T01:46:40.000Z",
        },
      ],
      mailboxes: [
        {
          name: "Info",
          state: "active",
          lastPoll: "2001-09-09T01:46:40.000Z",
          result: "ok",
          nextPoll: null,
          lastError: null,
        },
      ],
    });
    expect((await status(db.owner, "b")).tenants).toMatchObject([
      { slug: "b", collected: 0, lanes: [], oldestWaiting: null },
    ]);
    expect((await status(db.owner, "nobody")).tenants).toEqual([]);
  });

  it("shows the web role its own tenant, with the same numbers", async () => {
    const own = await statusOf(mintScope(db.web, a, actor));
    expect(own).toEqual((await status(db.owner, "a")).tenants[0]);
    const sum = await sumOf(mintScope(db.web, b, actor));
    expect(sum.collected).toBe(0);
    const mine = await sumOf(mintScope(db.web, a, actor));
    expect(holds(mine)).toBe(true);
    expect(holds({ ...mine, waiting: mine.waiting + 1 })).toBe(false);
  });
});
