// Alerts: one cause, one mail, by the provider's own server and through no tenant; or a banner that nobody will be told.
import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { simpleParser } from "mailparser";
import pino from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openAlertsOf } from "@/domain/alert/store";
import { mintScope } from "@/domain/scope-mint";
import { seenAlerts } from "@/test/alerts";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { alertRoom } from "./alert";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let server: ExchangeServer;
let tenantId: string;
let exchangeId: string;

const step = (smtp = true, alertTo: string[] = []) =>
  alertRoom.step({
    db: db.worker,
    name: "ferry.provider.example",
    env: {
      sites: ["main"],
      smtpUrl: smtp ? `smtp://127.0.0.1:${server.port}` : "",
      alertTo,
      mailFrom: "",
      url: "",
      dataFolder: tmpdir(),
    },
    log: pino({ level: "silent" }),
    clock: () => new Date(),
    // The room reads nothing else of its context.
  } as unknown as WorkerContext);

beforeAll(async () => {
  db = await testDatabase();
  server = await startExchange();
});
afterAll(async () => {
  await server.stop();
  await db.drop();
});
beforeEach(async () => {
  const { prisma } = db.owner;
  server.mails.length = 0;
  server.options.replies = {};
  await prisma.alert.deleteMany();
  await prisma.tenant.deleteMany();
  await prisma.person.deleteMany();
  await prisma.person.create({ data: { email: "ops@provider.example", platformRole: "admin" } });
  await prisma.person.create({
    data: { email: "gone@provider.example", platformRole: "admin", disabledAt: new Date() },
  });
  tenantId = (await prisma.tenant.create({ data: { slug: "a", name: "Contoso", timeZone: "UTC" } })).id;
  exchangeId = (await prisma.exchange.create({ data: { tenantId, host: "mail.a.example", postmaster: "p@a.example" } }))
    .id;
  await prisma.lane.create({ data: { tenantId, exchangeId } });
});
const lane = (state: string, minutes: number) =>
  db.owner.prisma.lane.updateMany({
    data: { state, reason: "The connection was refused.", since: new Date(Date.now() - minutes * 60_000) },
  });

describe("a lane that is down", () => {
  it("is told after 15 minutes, once, and again when it is over, with counts", async () => {
    await lane("open", 14);
    await step();
    expect(server.mails).toEqual([]);
    expect(await seenAlerts(db)).toEqual([]);
    await db.owner.pool.query("update alert set raised_at = raised_at - interval '2 minutes'");
    await Promise.all([step(), step()]);
    await lane("half-open", 0);
    await step();
    expect(server.mails.map(({ recipients }) => recipients)).toEqual([["ops@provider.example"]]);
    expect(server.mails[0]?.raw.toString()).toMatch(/Mail of Contoso is not getting through to mail\.a\.example:25/);
    expect(await seenAlerts(db)).toMatchObject([{ kind: "lane", tenantId, nobodyWillBeTold: false }]);
    await lane("closed", 0);
    await step();
    await step();
    expect(server.mails).toHaveLength(2);
    const over = await simpleParser(server.mails[1]?.raw ?? "");
    expect(over.subject).toMatch(/Over: A server takes no mail/);
    expect(over.text).toContain("0 mails delivered since then, 0 mails waiting");
    expect(await seenAlerts(db)).toEqual([]);
  });

  it("that comes back within 15 minutes is told to nobody", async () => {
    await lane("open", 3);
    await step();
    await lane("closed", 0);
    await step();
    expect(server.mails).toEqual([]);
  });
});

describe("telling", () => {
  const failedNotice = async () => {
    const body = await db.owner.prisma.body.create({ data: { tenantId, complete: true } });
    const mail = await db.owner.prisma.mail.create({
      data: { tenantId, kind: "notice", bodyId: body.id, size: 1, place: "badmail", state: "settled" },
    });
    await db.owner.prisma.notice.create({
      data: { tenantId, kind: "spam", cause: "spam", state: "queued", sentMailId: mail.id },
    });
  };

  it("of a notice that failed goes to MAILFERRY_ALERT_TO and makes no other notice", async () => {
    await failedNotice();
    await step(true, ["duty@provider.example"]);
    expect(server.mails).toMatchObject([{ recipients: ["duty@provider.example"] }]);
    expect(await db.owner.prisma.notice.findMany({ select: { state: true } })).toEqual([{ state: "failed" }]);
    expect(await db.owner.prisma.mail.count()).toBe(1);
  });

  it("without a server of the provider's own says that nobody will be told", async () => {
    await failedNotice();
    await step(false);
    const [alert] = await seenAlerts(db);
    expect(alert).toMatchObject({ kind: "notice", failure: "not configured", nobodyWillBeTold: true });
    const mine = await openAlertsOf(mintScope(db.web, tenantId, { kind: "command", name: "t" }));
    expect(mine).toHaveLength(1);
    expect(await openAlertsOf(mintScope(db.web, randomUUID(), { kind: "command", name: "t" }))).toEqual([]);
  });

  it("that the provider's server refuses is remembered and tried again later", async () => {
    server.options.replies = { mail: "451 4.3.0 later" };
    await failedNotice();
    await step();
    expect((await seenAlerts(db))[0]?.failure).toMatch(/451/);
    server.options.replies = {};
    await step();
    expect(server.mails).toEqual([]);
    await db.owner.pool.query("update alert set claimed_until = now() - interval '1 second'");
    await step();
    expect(server.mails).toHaveLength(1);
    expect((await seenAlerts(db))[0]).toMatchObject({ failure: null, nobodyWillBeTold: false });
  });
});
