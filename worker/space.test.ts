// The database has little room: nobody collects, what is here goes on to its server, and all goes on when there is room.
import { randomUUID } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { simpleParser } from "mailparser";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { claimMailboxes } from "@/domain/mailbox/claim";
import { overviewFacts } from "@/domain/overview/facts";
import { sqlOf } from "@/domain/scope";
import { databaseSize, spacePause } from "@/domain/space/store";
import type { WorkerEnv } from "@/lib/env";
import { seenAlerts } from "@/test/alerts";
import { makeWorker, makeWorld, personScope, stateOf, sumHolds } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { type Pop3Server, startPop3 } from "@/test/servers/pop3";
import { alertRoom } from "./alert";
import { makeDeliverRoom } from "./deliver";
import { Bell, runRoom } from "./loop";
import { makePollRoom, pollMailbox } from "./poll";
import type { WorkerContext } from "./room";
import { routeRoom } from "./route";
import { type FreeSpace, makeSpaceRoom } from "./space";

let db: TestDatabase;
let base: WorkerContext;
let exchange: ExchangeServer;
let source: Pop3Server;
/** of the database's own server, as a data folder has it */
let folder: string;
let free: FreeSpace;
const closers: (() => unknown)[] = [];

const little: FreeSpace = { freeBytes: 1e8, totalBytes: 1e12 };
const edge: FreeSpace = { freeBytes: 1.7e9, totalBytes: 1e12 };
const much: FreeSpace = { freeBytes: 5e11, totalBytes: 1e12 };

function dataFolder(identifier: bigint): string {
  const made = mkdtempSync(join(tmpdir(), "mf-space-"));
  mkdirSync(join(made, "pgdata", "global"), { recursive: true });
  const control = Buffer.alloc(64);
  control.writeBigInt64LE(identifier);
  writeFileSync(join(made, "pgdata", "global", "pg_control"), control);
  closers.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

beforeAll(async () => {
  db = await testDatabase();
  base = await makeWorker(db);
});
afterAll(() => db.drop());
beforeEach(async () => {
  for (const table of ["tenant", "space_reading", "alert"]) await db.owner.pool.query(`delete from ${table}`);
  const { rows } = await db.owner.pool.query("select system_identifier::text as id from pg_control_system()");
  folder = dataFolder(BigInt(rows[0].id));
  free = much;
  exchange = await startExchange();
  source = await startPop3({ users: { box: "secret" } });
  closers.push(
    () => exchange.stop(),
    () => source.close(),
  );
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** All with the same key, as workers of one site have it. */
const worker = (name: string, env: Partial<WorkerEnv> = {}): WorkerContext => ({
  ...base,
  workerId: randomUUID(),
  name,
  env: { ...base.env, ...env },
});
/** One whose database lies in its data folder. */
const seeing = () => worker("sees.example", { dataFolder: folder });
const look = (context: WorkerContext) => makeSpaceRoom(async () => free).step(context);
const claims = (context: WorkerContext) =>
  claimMailboxes(db.worker, {
    workerId: context.workerId,
    sites: ["main"],
    count: 10,
    perTenant: 10,
    leaseSeconds: 60,
  });
const paused = async () => (await spacePause(sqlOf(db.worker.pool))) !== null;
const minutesPass = (minutes: number) =>
  db.owner.pool.query("update space_reading set read_at = read_at - make_interval(mins => $1)", [minutes]);

async function world(context: WorkerContext, mails: number) {
  const w = await makeWorld(db, context, source);
  await db.owner.pool.query("update exchange set port = $1", [exchange.port]);
  const add = (from: number, count: number) => {
    for (let n = from; n < from + count; n += 1)
      source.add(
        "box",
        `From: a@out.example\r\nTo: info@contoso.example\r\nSubject: ${n}\r\nMessage-ID: <${n}@out.example>\r\n\r\nText\r\n`,
      );
  };
  add(0, mails);
  const due = () => db.owner.pool.query("update mailbox_state set due_at = now() - interval '1 second'");
  return { ...w, add, due };
}

/** Runs rooms until told to stop, with the keys of this worker. */
function run(context: WorkerContext) {
  const stopping = new AbortController();
  const given = { ...context, stopping: stopping.signal };
  const rooms = [makePollRoom(), routeRoom, makeDeliverRoom()];
  const ended = Promise.all(rooms.map((room) => runRoom(room, given, new Bell())));
  const stop = () => {
    stopping.abort();
    return ended;
  };
  closers.push(stop);
  return stop;
}

describe("too little room", () => {
  it("collecting stops on every worker, delivering goes on, and all resumes when there is room", async () => {
    const [sees, other] = [seeing(), worker("other.example")];
    const w = await world(sees, 2);
    await w.poll();
    free = little;
    await look(sees);
    w.add(2, 2);
    await w.due();
    expect([await claims(sees), await claims(other)]).toEqual([[], []]);
    const stop = run(other);
    await vi.waitFor(() => expect(exchange.mails).toHaveLength(2), 10_000);
    expect(w.count("RETR")).toBe(2);
    expect(source.list("box")).toHaveLength(2);
    free = much;
    await look(sees);
    await vi.waitFor(() => expect(exchange.mails).toHaveLength(4), 10_000);
    await vi.waitFor(() => expect(source.list("box")).toHaveLength(0), 10_000);
    await stop();
    expect(await sumHolds(db, w.tenant.tenantId)).toBe(true);
  });

  it("a session that runs stores the batch that it has and ends; nothing of it is lost or doubled", async () => {
    const sees = seeing();
    const w = await world(sees, 120);
    const [claimed] = await claims(sees);
    if (!claimed) throw new Error("nothing was due");
    free = little;
    await look(sees);
    await pollMailbox(sees, claimed);
    expect(await w.subjects()).toHaveLength(50);
    expect(w.count("QUIT")).toBe(0);
    expect(source.list("box")).toHaveLength(120);
    expect(await stateOf(db, w.id)).toMatchObject({ last_result: "partial", lease_token: null });
    free = much;
    await look(sees);
    while (source.list("box").length > 0) await w.poll();
    expect((await w.subjects()).map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: 120 }, (_, n) => n));
  });

  it("at the edge it stays as it was, also after a restart of the worker", async () => {
    const sees = seeing();
    free = edge;
    await look(sees);
    expect(await paused()).toBe(false);
    free = little;
    await look(sees);
    free = edge;
    await look({ ...sees, workerId: randomUUID() });
    expect(await paused()).toBe(true);
    free = much;
    await look(sees);
    expect(await paused()).toBe(false);
  });

  it("what a worker saw holds nobody for longer than three minutes after it died", async () => {
    const [sees, other] = [seeing(), worker("other.example")];
    const w = await world(sees, 1);
    free = little;
    await look(sees);
    await minutesPass(2);
    expect(await claims(other)).toEqual([]);
    await look(other);
    expect(await seenAlerts(db)).toHaveLength(1);
    await minutesPass(2);
    expect(await claims(other)).toMatchObject([{ mailboxId: w.id }]);
    await look(other);
    expect(await seenAlerts(db)).toEqual([]);
  });

  it("the overview of each company and the portal's login see that it is paused", async () => {
    const sees = seeing();
    const w = await world(sees, 0);
    const facts = () => overviewFacts(personScope(db, w.tenant.tenantId), "UTC", new Date());
    expect((await facts()).space).toBeNull();
    free = little;
    await look(sees);
    expect((await facts()).space).toMatchObject({ seen: expect.stringContaining("has 0.1 GB of 1000.0 GB left") });
  });
});

describe("who sees it", () => {
  it("the disk is none of a worker whose data folder holds another server's database, or none", async () => {
    free = little;
    await look(worker("other.example", { dataFolder: dataFolder(1n) }));
    await look(worker("none.example", { dataFolder: tmpdir() }));
    expect((await db.owner.pool.query("select 1 from space_reading")).rows).toEqual([]);
  });

  it("a database anywhere is measured against MAILFERRY_DATABASE_LIMIT_GB", async () => {
    await look(worker("far.example", { databaseLimitGb: 0.001 }));
    expect(await paused()).toBe(true);
    await look(worker("far.example", { databaseLimitGb: 100 }));
    expect(await paused()).toBe(false);
  });

  it("what was deleted inside the database is room again once it is vacuumed, until it is written over", async () => {
    const w = await world(seeing(), 0);
    const reusable = async () => (await databaseSize(db.worker, true)).reusableBytes;
    const client = await db.owner.pool.connect();
    closers.push(() => client.release());
    const write = async (n: number) => {
      await client.query(
        `with b as (insert into body (tenant_id, id) select $1::uuid, gen_random_uuid() from generate_series(1, 20) returning id)
         insert into body_chunk (tenant_id, body_id, n, data)
         select $1::uuid, id, $2, (select string_agg(sha256(n::text::bytea), '') from generate_series(1, 8192) n) from b`,
        [w.tenant.tenantId, n],
      );
      // Else the server counts what was written up to ten seconds later.
      await client.query("select pg_stat_force_next_flush()");
      await client.query("select 1");
    };
    await write(0);
    await write(1);
    await db.owner.pool.query("delete from body_chunk where n = 0");
    await db.owner.pool.query("vacuum body_chunk");
    const octets = 20 * 8192 * 32;
    expect(await reusable()).toBeGreaterThan(octets * 0.9);
    expect(await reusable()).toBeLessThan(octets * 1.2);
    await write(2);
    expect(await reusable()).toBeLessThan(octets * 0.1);
  });
});

describe("it is told", () => {
  const told = async (context: WorkerContext) => {
    const env = { ...context.env, smtpUrl: `smtp://127.0.0.1:${exchange.port}`, alertTo: ["duty@provider.example"] };
    await alertRoom.step({ ...context, env });
    const mail = await simpleParser(exchange.mails.at(-1)?.raw ?? "");
    return { count: exchange.mails.length, subject: mail.subject ?? "", text: mail.text ?? "" };
  };

  it("to the platform in one mail, as a banner, and when it is over, with the reason", async () => {
    const [sees, other] = [seeing(), worker("other.example")];
    free = little;
    for (const one of [sees, other, sees]) await look(one);
    expect(await seenAlerts(db)).toMatchObject([
      {
        kind: "space",
        tenantId: null,
        text: `Collecting is paused for all tenants: the disk of ${join(folder, "pgdata")} on sees.example has 0.1 GB of 1000.0 GB left.`,
      },
    ]);
    await told(sees);
    const begun = await told(sees);
    expect(begun).toMatchObject({ count: 1, subject: expect.stringMatching(/^\[Mailferry\] Collecting is paused/) });
    expect(begun.text).toContain("new mail waits at the providers, nothing is lost");
    free = much;
    await look(sees);
    await told(sees);
    expect(await told(sees)).toMatchObject({
      count: 2,
      subject: expect.stringContaining("Over: "),
      text: expect.stringContaining("the database has room again, and collecting goes on"),
    });
  });

  it("and says so when it is over only because nobody sees it any more", async () => {
    const [sees, other] = [seeing(), worker("other.example")];
    free = little;
    await look(sees);
    await told(sees);
    await minutesPass(4);
    await look(other);
    expect(await told(other)).toMatchObject({ count: 2, text: expect.stringContaining("no worker has seen how much") });
  });
});
