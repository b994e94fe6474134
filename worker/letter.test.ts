// Letters: from the portal's database login to the provider's own server, each link mailed at most once, or told why not.
import { simpleParser } from "mailparser";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { postLetter } from "@/domain/letter/post";
import { addMember, makeMemberLink } from "@/domain/member/store";
import { addPlatformPerson, makePersonLink } from "@/domain/platform/people";
import type { PlatformScope } from "@/domain/platform/scope";
import { forgetPlatformRows } from "@/domain/retention/platform";
import { sqlOf } from "@/domain/scope";
import { seenAlerts } from "@/test/alerts";
import { makeWorker, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { letterRoom } from "./letter";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let server: ExchangeServer;
let worker: WorkerContext;
let platform: PlatformScope;
const url = "https://mailferry.provider.example";

beforeAll(async () => {
  db = await testDatabase();
  server = await startExchange();
  worker = await makeWorker(db, {
    smtpUrl: `smtp://127.0.0.1:${server.port}`,
    url,
    mailFrom: "ferry@provider.example",
  });
  platform = { db: db.web, personId: null, name: "Tester", role: "admin" };
});
afterAll(async () => {
  await server.stop();
  await db.drop();
});
beforeEach(async () => {
  server.mails.length = 0;
  server.options.replies = {};
  await db.owner.pool.query("delete from letter");
  await db.owner.pool.query("delete from alert");
  await db.owner.pool.query("delete from person");
});

const step = (context = worker) => letterRoom.step(context);
const invite = (email = "new@a.example") => addPlatformPerson(platform, { email, role: "viewer" }, new Date());
const letters = async () =>
  (await db.owner.pool.query("select to_address, state, tries, failure from letter order by created_at")).rows;
const pauseOver = () => db.owner.pool.query("update letter set claimed_until = now() - interval '1 second'");

describe("a letter", () => {
  it("brings an invitation once, with the link, until when it works, and marked as generated", async () => {
    const { link } = await invite();
    await Promise.all([step(), step()]);
    await step();
    expect(server.mails.map(({ sender, recipients }) => [sender, recipients])).toEqual([
      ["ferry@provider.example", ["new@a.example"]],
    ]);
    const mail = await simpleParser(server.mails[0]?.raw ?? "");
    expect(mail.subject).toBe("You are invited to Mailferry");
    // Who was invited and typed the address at the sign-in page gets one too.
    expect(mail.text?.replace(/\s+/g, " ")).toContain(
      `An administrator of Mailferry at ${url}, or somebody who typed your address at its sign-in page, asked for this`,
    );
    expect(mail.text).toContain(`\n${url}${link?.path}\n`);
    expect(mail.text).toMatch(/It works once, until \d+ \w+ \d{4}, \d\d:\d\d:\d\d \(/);
    expect(mail.headers.get("auto-submitted")).toBe("auto-generated");
    expect(await letters()).toEqual([]);
  });

  it("brings a tenant's invitation and a reset too, and of two links of one person only the newer", async () => {
    const { rows } = await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) values ('a', 'A', 'UTC') returning id",
    );
    const scope = personScope(db, rows[0].id);
    await addMember(scope, "admin", { email: "ann@a.example", role: "viewer" }, new Date());
    const person = await db.owner.prisma.person.findUniqueOrThrow({ where: { email: "ann@a.example" } });
    const newer = await makeMemberLink(scope, "admin", { personId: person.id }, new Date());
    await step();
    expect(server.mails).toHaveLength(1);
    expect((await simpleParser(server.mails[0]?.raw ?? "")).text).toContain(newer.link.path);
    await db.owner.prisma.person.update({ where: { id: person.id }, data: { passwordHash: "x" } });
    await makePersonLink(platform, { personId: person.id }, new Date());
    await step();
    expect((await simpleParser(server.mails[1]?.raw ?? "")).subject).toBe("Your new password for Mailferry");
    expect(await letters()).toEqual([]);
  });

  it("can't be read by the portal's login, and holds no link in clear", async () => {
    const { link } = await invite();
    await expect(db.web.pool.query("select sealed from letter")).rejects.toThrow("permission denied");
    await expect(db.web.pool.query("select id from letter")).rejects.toThrow("permission denied");
    await expect(db.web.pool.query("update letter set to_address = 'x@b.example'")).rejects.toThrow(
      "permission denied",
    );
    await expect(db.web.pool.query("delete from letter")).rejects.toThrow("permission denied");
    const { rows } = await db.worker.pool.query<{ sealed: Buffer; all: string }>(
      "select sealed, l::text as all from letter l",
    );
    const token = link?.path.split("/").at(-1) ?? "";
    expect(token).toHaveLength(43);
    expect(rows[0]?.sealed.includes(token)).toBe(false);
    expect(rows[0]?.all).not.toContain(token);
  });

  it("with a link that is none of ours, or another person's, goes nowhere", async () => {
    const { link } = await invite();
    const sql = sqlOf(db.web.pool);
    await db.owner.pool.query("delete from letter");
    const path = link?.path ?? "";
    await postLetter(sql, { kind: "reset", to: "new@a.example", path: `@b.example${path}` });
    await postLetter(sql, { kind: "reset", to: "other@b.example", path });
    await step();
    expect(server.mails).toEqual([]);
    expect(await letters()).toEqual([]);
  });

  it("is removed when there is no server of the provider's own, or no address to link to", async () => {
    for (const env of [{ smtpUrl: "" }, { url: "" }]) {
      await invite(`${Object.keys(env)[0]?.toLowerCase()}@a.example`);
      expect(await letters()).toHaveLength(1);
      await step({ ...worker, env: { ...worker.env, ...env } });
      expect(await letters()).toEqual([]);
    }
    expect(server.mails).toEqual([]);
  });
});

describe("a letter that is refused", () => {
  it("is tried again after a pause, and arrives once", async () => {
    server.options.replies = { rcpt: "451 4.7.1 later" };
    await invite();
    await step();
    await step();
    expect(await letters()).toMatchObject([{ state: "waiting", tries: 1, failure: expect.stringContaining("451") }]);
    server.options.replies = {};
    await pauseOver();
    await step();
    await step();
    expect(server.mails).toHaveLength(1);
    expect(await letters()).toEqual([]);
    expect(await seenAlerts(db)).toEqual([]);
  });

  it("five times is given up and told; a later one that arrives ends that", async () => {
    server.options.replies = { rcpt: "550 5.1.1 no such user" };
    await invite();
    for (let n = 0; n < 7; n += 1) {
      await step();
      await pauseOver();
    }
    expect(await letters()).toMatchObject([{ state: "failed", tries: 5 }]);
    const [alert] = await seenAlerts(db);
    expect(alert).toMatchObject({ kind: "letter", tenantId: null });
    expect(alert?.text).toMatch(/^The invitation to new@a\.example could not be mailed\. The server said: .*550/);
    server.options.replies = {};
    const person = await db.owner.prisma.person.findUniqueOrThrow({ where: { email: "new@a.example" } });
    await makePersonLink(platform, { personId: person.id }, new Date());
    await step();
    expect(server.mails).toHaveLength(1);
    expect(await seenAlerts(db)).toEqual([]);
  });
});

describe("a letter that may have been sent", () => {
  it("is not sent again when the worker stopped meanwhile", async () => {
    await invite();
    await db.owner.pool.query("update letter set tries = 1, claimed_until = now() - interval '1 second'");
    await step();
    expect(server.mails).toEqual([]);
    expect(await letters()).toMatchObject([{ state: "failed", failure: expect.stringContaining("may have arrived") }]);
    expect(await seenAlerts(db)).toHaveLength(1);
  });

  it("is not sent again when the server took it and its answer never came", async () => {
    server.options.loseAnswers = 1;
    await invite();
    await step();
    await pauseOver();
    await step();
    expect(server.mails).toHaveLength(1);
    expect(await letters()).toMatchObject([{ state: "failed", tries: 1 }]);
  });
});

it("an old letter goes with the alert about it", async () => {
  server.options.replies = { rcpt: "550 5.1.1 no such user" };
  await invite();
  await db.owner.pool.query("update letter set tries = 4, failure = 'refused'");
  await step();
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000);
  await forgetPlatformRows(db.worker, inDays(6));
  expect(await letters()).toHaveLength(1);
  expect(await seenAlerts(db)).toHaveLength(1);
  await forgetPlatformRows(db.worker, inDays(8));
  expect(await letters()).toEqual([]);
  expect(await seenAlerts(db)).toEqual([]);
});
