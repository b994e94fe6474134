import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { sqlTransaction } from "@/domain/scope";
import { type TestDatabase, testDatabase } from "@/test/database";
import { beat } from "@/worker/beat";
import { countForgotten, lettersGoOut, mailForgotten } from "./forgotten";
import { makeLink, readLink, redeemLink } from "./link";

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
  for (const table of ["throttle", "letter", "one_time_link", "worker", "platform_audit"])
    await db.owner.pool.query(`delete from ${table}`);
});

const facts = () => ({ workerId: crypto.randomUUID(), name: "w", sites: ["main"], address: "", version: "" });
const lettersAreMailed = () => beat(db.worker, { ...facts(), letters: true }, false);
/** As an administrator makes it; answers its token. */
const linkOf = async (email: string) => {
  const [person] = await rows(`select id from person where email = '${email}'`);
  const { path } = await sqlTransaction(db.web.pool, (sql) =>
    makeLink(sql, { personId: person.id, kind: "invitation", seenIn: null }, new Date()),
  );
  return path.split("/").at(-1) ?? "";
};
const rows = async (what: string) => (await db.owner.pool.query(what)).rows;

it("mails a link for an hour: a new password to who has one, an invitation to who has none, nothing to anybody else", async () => {
  await lettersAreMailed();
  for (const email of ["ann@example.com", "invited@example.com", "gone@example.com", "nobody@example.com"])
    await mailForgotten(db.web, email);
  expect(await rows("select kind, to_address from letter order by to_address")).toEqual([
    { kind: "reset", to_address: "ann@example.com" },
    { kind: "invitation", to_address: "invited@example.com" },
  ]);
  const links = await rows(
    `select p.email, l.seen_in, l.forgotten, round(extract(epoch from l.expires_at - l.created_at) / 3600)::int as hours
     from one_time_link l join person p on p.id = l.person_id order by 1`,
  );
  expect(links).toEqual([
    { email: "ann@example.com", seen_in: null, forgotten: true, hours: 1 },
    { email: "invited@example.com", seen_in: null, forgotten: true, hours: 1 },
  ]);
});

it("writes down that somebody asked, and doesn't say who: nobody knows", async () => {
  await lettersAreMailed();
  await mailForgotten(db.web, "ann@example.com");
  expect(await rows("select action, who, person_id, target from platform_audit")).toEqual([
    { action: "person.forgotten", who: "somebody at the sign-in page", person_id: null, target: "ann@example.com" },
  ]);
});

it("does nothing at all where no letter goes out, however it was asked", async () => {
  await mailForgotten(db.web, "ann@example.com");
  for (const table of ["one_time_link", "letter", "platform_audit"])
    expect(await rows(`select 1 from ${table}`)).toEqual([]);
});

it("ends the link that was asked for before it, also of two at once", async () => {
  await lettersAreMailed();
  await mailForgotten(db.web, "ann@example.com");
  await Promise.all([1, 2, 3].map(() => mailForgotten(db.web, "ann@example.com")));
  expect(await rows("select used_at is null as open, count(*)::int from one_time_link group by 1 order by 1")).toEqual([
    { open: false, count: 3 },
    { open: true, count: 1 },
  ]);
});

it("leaves what an administrator made alone; the first that is used ends all others", async () => {
  await lettersAreMailed();
  const made = await linkOf("invited@example.com");
  await mailForgotten(db.web, "invited@example.com");
  await mailForgotten(db.web, "invited@example.com");
  expect(await readLink(db.web, made, new Date())).toMatchObject({ email: "invited@example.com" });
  const open = "select forgotten from one_time_link where used_at is null order by 1";
  expect(await rows(open)).toEqual([{ forgotten: false }, { forgotten: true }]);
  await redeemLink(db.web, { token: made, name: "", password: "lighthouse keeper 9" }, visitor, new Date());
  expect(await rows(open)).toEqual([]);
  await mailForgotten(db.web, "invited@example.com");
  // An administrator's link ends those that were asked for.
  await linkOf("invited@example.com");
  expect(await rows(open)).toEqual([{ forgotten: false }]);
});

it("is made by the function alone: the portal's login can't call a link a forgotten one, nor open a used one again", async () => {
  await linkOf("ann@example.com");
  for (const statement of [
    "update one_time_link set forgotten = true",
    "update one_time_link set expires_at = now() + interval '1 year'",
    `insert into one_time_link (person_id, kind, token_hash, expires_at, forgotten)
     select id, 'reset', '\\x00', now(), true from person where email = 'ann@example.com'`,
  ])
    await expect(db.web.pool.query(statement), statement).rejects.toThrow("permission denied");
  await expect(db.worker.pool.query("select portal_forgotten_link('ann@example.com', '\\x00')")).rejects.toThrow(
    "permission denied",
  );
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
  await beat(db.worker, facts(), false);
  expect(await lettersGoOut(db.web)).toBe(false);
  await lettersAreMailed();
  expect(await lettersGoOut(db.web)).toBe(true);
  await db.owner.pool.query("update worker set beat_at = now() - interval '5 minutes'");
  expect(await lettersGoOut(db.web)).toBe(false);
});
