// Notify as it really is: rows in, one mail in the tenant's own queue out.
import { randomUUID } from "node:crypto";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { notifyRoom } from "./notify";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let tenantId: string;
let exchangeId: string;

const context = (clock = () => new Date()): WorkerContext => ({
  db: db.worker,
  workerId: randomUUID(),
  name: "ferry.provider.example",
  installation: "test",
  env: { sites: ["main"], mailFrom: "", url: "", digestSeconds: 900 } as unknown as WorkerContext["env"],
  keys: { keyIds: [], open: async () => "" },
  log: pino({ level: "silent" }),
  clock,
  stopping: new AbortController().signal,
  hurry: new AbortController().signal,
});

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  const { prisma } = db.owner;
  await prisma.tenant.deleteMany();
  tenantId = (
    await prisma.tenant.create({
      data: { slug: "contoso", name: "Contoso", timeZone: "Europe/Berlin", contact: "Ask Ann" },
    })
  ).id;
  exchangeId = (
    await prisma.exchange.create({ data: { tenantId, host: "mail.a.example", postmaster: "post@a.example" } })
  ).id;
  await prisma.lane.create({ data: { tenantId, exchangeId } });
});

const collected = async (subject = "Hello") => {
  const header = Buffer.from("Subject: Hello\r\nFrom: a@b.example\r\n\r\n");
  const body = await db.owner.prisma.body.create({
    data: { tenantId, complete: true, size: header.length, headerLength: header.length },
  });
  await db.owner.prisma.$executeRaw`insert into body_chunk values (${tenantId}::uuid, ${body.id}::uuid, 0, ${header})`;
  const mail = await db.owner.prisma.mail.create({
    data: {
      tenantId,
      kind: "collected",
      bodyId: body.id,
      size: 1,
      sender: "a@b.example",
      subject,
      place: "badmail",
      state: "settled",
    },
  });
  return mail.id;
};
/** So much time goes by for what was told and what is to be told. */
const passes = async (minutes: number) => {
  const ago = (column: string) => `${column} = ${column} - make_interval(mins => ${minutes})`;
  await db.owner.pool.query(`update notice set ${ago("created_at")} where tenant_id = $1`, [tenantId]);
  await db.owner.pool.query(`update notice_pace set ${ago("last_at")}, ${ago("next_at")} where tenant_id = $1`, [
    tenantId,
  ]);
};
const happen = (kind: string, mailId: string | null, facts = {}) =>
  db.owner.prisma.notice.create({
    data: {
      tenantId,
      kind,
      cause: `${kind}:refused`,
      mailId,
      facts: { recipient: "x@a.example", code: 550, text: "5.7.1 spam", ...facts },
    },
  });
const sent = () => db.owner.prisma.mail.findMany({ where: { tenantId, kind: "notice" }, orderBy: { seq: "asc" } });
const textOf = async (bodyId: string) =>
  Buffer.concat(
    (await db.owner.pool.query("select data from body_chunk where body_id = $1 order by n", [bodyId])).rows.map(
      (row) => row.data,
    ),
  ).toString();

describe("notify", () => {
  it("queues one mail with a null sender on the tenant's own lane, at once", async () => {
    const notice = await happen("spam", await collected());
    await Promise.all([notifyRoom.step(context()), notifyRoom.step(context())]);
    const [mail, ...more] = await sent();
    expect(more).toEqual([]);
    expect(mail).toMatchObject({ sender: "", exchangeId, state: "ready", place: "waiting", ownMessageId: true });
    expect(mail?.nextAttemptAt).not.toBeNull();
    expect(await db.owner.prisma.recipient.findMany({ where: { tenantId, mailId: mail?.id ?? "" } })).toMatchObject([
      { address: "post@a.example", place: "waiting" },
    ]);
    expect(await db.owner.prisma.notice.findFirst({ where: { id: notice.id } })).toMatchObject({
      state: "queued",
      sentMailId: mail?.id,
    });
    const lane = await db.owner.prisma.lane.findFirst({ where: { tenantId } });
    expect(lane?.dueAt).not.toBeNull();
    const text = await textOf(mail?.bodyId ?? "");
    expect(text).toContain("Auto-Submitted: auto-generated");
    expect(text).toContain("550 5.7.1 spam");
    expect(text).toContain("Subject: Hello\r\nFrom: a@b.example");
    expect(BigInt(text.length)).toBe(mail?.size);
  });

  it("tells what comes later together, when the gap is over", async () => {
    await happen("spam", await collected());
    await notifyRoom.step(context());
    await passes(1);
    await happen("spam", await collected());
    await happen("spam", await collected());
    await notifyRoom.step(context());
    expect(await sent()).toHaveLength(1);
    // Another kind has a pace of its own.
    await happen("unknown-recipient", await collected());
    await notifyRoom.step(context());
    expect(await sent()).toHaveLength(2);
    await passes(15);
    await notifyRoom.step(context());
    expect((await sent()).map(({ subject }) => subject).at(-1)).toBe("[Mailferry] 2 mails refused as spam");
  });

  it.each([
    ["ahead", 400],
    ["behind", -400],
  ])("keeps the pace when the worker's clock is %s", async (_, days) => {
    const wrong = () => new Date(Date.now() + days * 86_400_000);
    await happen("spam", await collected());
    await notifyRoom.step(context(wrong));
    expect(await sent()).toHaveLength(1);
    await passes(1);
    await happen("spam", await collected());
    await notifyRoom.step(context(wrong));
    await notifyRoom.step(context());
    expect(await sent()).toHaveLength(1);
    await passes(15);
    await notifyRoom.step(context(wrong));
    expect(await sent()).toHaveLength(2);
  });

  it("waits in the queue like mail while the lane is open", async () => {
    const nextTryAt = new Date("2026-07-01T10:09:00Z");
    await db.owner.prisma.lane.updateMany({
      where: { tenantId },
      data: { state: "open", nextTryAt, dueAt: nextTryAt },
    });
    await happen("held", await collected(), { reasonKind: "nobody", reason: "No address of yours in it." });
    await notifyRoom.step(context());
    expect(await sent()).toHaveLength(1);
    expect((await db.owner.prisma.lane.findFirst({ where: { tenantId } }))?.dueAt).toEqual(nextTryAt);
  });

  it("makes no notice about a notice, and none that nobody wants", async () => {
    await happen("badmail", await collected());
    await notifyRoom.step(context());
    const [first] = await sent();
    await happen("badmail", first?.id ?? null);
    await passes(60);
    await notifyRoom.step(context());
    expect(await sent()).toHaveLength(1);
    await db.owner.prisma.exchange.updateMany({ where: { tenantId }, data: { notifyCollecting: false } });
    await happen("collecting", null);
    await notifyRoom.step(context());
    expect(await sent()).toHaveLength(1);
    expect(await db.owner.prisma.notice.count({ where: { tenantId, state: "pending" } })).toBe(0);
  });
});
