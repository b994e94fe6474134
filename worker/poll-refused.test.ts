// Mails that the database refuses: they stop nothing else, and none of them is lost or deleted.
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { routeBatch } from "@/domain/routing/store";
import { makeWorker, makeWorld, sumHolds, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Pop3Rudeness, type Pop3Server, startPop3 } from "@/test/servers/pop3";
import type { WorkerContext } from "./room";

let db: TestDatabase;
let context: WorkerContext;
const servers: Pop3Server[] = [];
beforeAll(async () => {
  db = await testDatabase();
  context = await makeWorker(db);
});
afterEach(() => Promise.all(servers.splice(0).map((server) => server.close())));
afterAll(() => db.drop());

const mail = (n: number | string, id = `<${n}@out.example>`, text = `Text ${n}`) =>
  Buffer.from(`From: a@out.example\r\nSubject: Mail ${n}\r\nMessage-ID: ${id}\r\n\r\n${text}\r\n`);

async function world(columns: Record<string, unknown> = {}, rude: Pop3Rudeness = {}) {
  const server = await startPop3({ users: { box: "secret" }, rude });
  servers.push(server);
  return { server, ...(await makeWorld(db, context, server, columns)) };
}

/** No two characters alike and three octets each: nothing that the database could pack. */
const longId = `<${Array.from({ length: 990 }, (_, n) => String.fromCodePoint(0x4e00 + ((n * 7919) % 20_000))).join("")}>`;

test("a Message-ID of 990 Chinese characters is collected like any other, and its copy is merged", async () => {
  const w = await world();
  w.server.add("box", mail(1));
  w.server.add("box", mail(2, longId));
  w.server.add("box", mail(2, longId));
  w.server.add("box", mail(3));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail 2", "Mail 2", "Mail 3"]);
  expect(w.server.list("box")).toHaveLength(0);
  await routeBatch(workerScope(db, w.tenant.tenantId));
  const places = await w.rows("select place from mail where tenant_id = $1 order by seq");
  expect(places.map(({ place }) => place)).toEqual(["waiting", "waiting", "merged", "waiting"]);
});

/** Refuses each mail with this in its subject, as a data error that stays does. */
async function refuseSubject(tenantId: string, text: string): Promise<() => Promise<unknown>> {
  const { pool } = db.owner;
  await pool.query(
    "create or replace function refuse_mail() returns trigger language plpgsql as $$ begin raise 'index row size 2712 exceeds maximum 2704' using errcode = '54000'; end $$",
  );
  await pool.query(
    `create trigger refuse_mail before insert on mail for each row
     when (new.tenant_id = '${tenantId}' and new.subject like '%${text}%') execute function refuse_mail()`,
  );
  return () => pool.query("drop trigger refuse_mail on mail");
}

test.each<[string, Pop3Rudeness]>([
  ["with UIDL", {}],
  ["without UIDL", { noUidl: true }],
])("a mail that the database refuses is set aside, and all others are stored (%s)", async (_name, rude) => {
  const w = await world({}, rude);
  const mend = await refuseSubject(w.tenant.tenantId, "bad");
  const large = `${"0123456789".repeat(7)}\r\n`.repeat(40_000);
  w.server.add("box", mail(1));
  w.server.add("box", mail("bad"), "uid-of-it");
  w.server.add("box", mail("large", "<large@out.example>", large));
  w.server.add("box", mail("bad and large", "<bad2@out.example>", large), "another");
  w.server.add("box", mail(3));
  await w.poll();
  expect(await w.subjects()).toEqual(["Mail 1", "Mail large", "Mail 3"]);
  expect([w.count("DELE"), w.count("QUIT")]).toEqual([0, 0]);
  const bad = await w.rows("select uid, tries, last_error from identity where tenant_id = $1 and state = 'bad'");
  expect(bad).toHaveLength(2);
  expect(bad[0]).toMatchObject({ tries: 1, last_error: expect.stringContaining("could not store this mail") });
  expect(await w.state()).toMatchObject({ last_result: "partial" });
  expect(await sumHolds(db, w.tenant.tenantId)).toBe(true);
  const bodies = await w.rows(
    `select b.complete, b.size, (select sum(length(c.data))::int from body_chunk c where c.body_id = b.id) as stored
     from body b where b.tenant_id = $1`,
  );
  expect(bodies).toHaveLength(3);
  for (const body of bodies) expect(body).toMatchObject({ complete: true, stored: Number(body.size) });
  // The others go in the next session; these stay, and come when they can.
  await w.poll();
  expect(w.server.list("box")).toHaveLength(2);
  await mend();
  for (let n = 0; n < 3; n += 1) {
    await db.owner.pool.query("update identity set next_try_at = now() where mailbox_id = $1 and state = 'bad'", [
      w.id,
    ]);
    await w.poll();
  }
  expect(await w.subjects()).toHaveLength(5);
  expect(w.server.list("box")).toHaveLength(0);
});

test("mail whose recipients the database refuses is stored all the same, and routed when it takes them", async () => {
  const w = await world();
  const { pool } = db.owner;
  const refused = `alter table recipient add constraint refused check (tenant_id <> '${w.tenant.tenantId}')`;
  await pool.query(refused);
  w.server.add("box", mail(1));
  w.server.add("box", mail(2));
  await w.poll();
  expect(w.server.list("box")).toHaveLength(0);
  const states = async () =>
    (await w.rows("select state from mail where tenant_id = $1 order by seq")).map((m) => m.state);
  expect(await states()).toEqual(["received", "received"]);
  expect(await w.rows("select 1 from identity where tenant_id = $1 and state = 'bad'")).toEqual([]);
  expect(await sumHolds(db, w.tenant.tenantId)).toBe(true);
  await pool.query("alter table recipient drop constraint refused");
  await routeBatch(workerScope(db, w.tenant.tenantId));
  expect(await states()).toEqual(["ready", "ready"]);
});
