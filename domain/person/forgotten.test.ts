import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { beat } from "@/worker/beat";
import { countForgotten, lettersGoOut, mailForgotten } from "./forgotten";

let db: TestDatabase;
const visitor = { address: "192.0.2.1", agent: "" };
const now = new Date();

beforeAll(async () => {
  db = await testDatabase();
  await db.owner.pool.query(
    `insert into person (email, password_hash, disabled_at) values ('ann@example.com', 'x', null),
       ('invited@example.com', null, null), ('gone@example.com', 'x', now())`,
  );
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c", "hex"),
  ]);
});
afterAll(() => db.drop());
beforeEach(async () => {
  for (const table of ["throttle", "letter", "one_time_link", "worker"])
    await db.owner.pool.query(`delete from ${table}`);
});

const rows = async (what: string) => (await db.owner.pool.query(what)).rows;

it("mails a link for an hour to who has a password, an invitation to who has none, and nothing to anybody else", async () => {
  for (const email of ["ann@example.com", "invited@example.com", "gone@example.com", "nobody@example.com"])
    await mailForgotten(db.web, email, now);
  expect(await rows("select kind, to_address from letter order by to_address")).toEqual([
    { kind: "reset", to_address: "ann@example.com" },
    { kind: "invitation", to_address: "invited@example.com" },
  ]);
  const links = await rows(
    `select p.email, l.seen_in, round(extract(epoch from l.expires_at - l.created_at) / 3600)::int as hours
     from one_time_link l join person p on p.id = l.person_id order by 1`,
  );
  expect(links).toEqual([
    { email: "ann@example.com", seen_in: null, hours: 1 },
    { email: "invited@example.com", seen_in: null, hours: 168 },
  ]);
  expect(await rows("select action, who from platform_audit where target = 'ann@example.com'")).toEqual([
    { action: "person.forgotten", who: "ann@example.com" },
  ]);
});

it("ends the link before it", async () => {
  await mailForgotten(db.web, "ann@example.com", now);
  await mailForgotten(db.web, "ann@example.com", now);
  expect(await rows("select used_at is null as open from one_time_link order by 1")).toEqual([
    { open: false },
    { open: true },
  ]);
});

it("is slowed down for each address alike, whether or not somebody has it, and for whoever asks", async () => {
  const ask = (email: string, address = "192.0.2.1") =>
    countForgotten(db.web, email, { ...visitor, address }, now).then(
      () => "counted",
      (error: Error) => error.message,
    );
  const asked = async (email: string) => {
    const said: string[] = [];
    for (let n = 0; n < 5; n += 1) said.push(await ask(email, `198.51.100.${n}`));
    return said;
  };
  expect(await asked("ann@example.com")).toEqual(await asked("nobody@example.com"));
  expect((await asked("ann@example.com")).at(-1)).toContain("Too many tries");
  const many: string[] = [];
  for (let n = 0; n < 15; n += 1) many.push(await ask(`somebody${n}@example.com`, "203.0.113.9"));
  expect(many.filter((words) => words === "counted").length).toBeLessThanOrEqual(11);
});

it("is offered while a worker mails links", async () => {
  const facts = { workerId: crypto.randomUUID(), name: "w", sites: ["main"], address: "", version: "" };
  await beat(db.worker, facts, false);
  expect(await lettersGoOut(db.web)).toBe(false);
  await beat(db.worker, { ...facts, workerId: crypto.randomUUID(), letters: true }, false);
  expect(await lettersGoOut(db.web)).toBe(true);
  await db.owner.pool.query("update worker set beat_at = now() - interval '5 minutes'");
  expect(await lettersGoOut(db.web)).toBe(false);
});
