import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { sqlTransaction } from "@/domain/scope";
import { type TestDatabase, testDatabase } from "@/test/database";
import { signInByPassword } from "./begin";
import { changeOwnPassword, markFresh, proveOwnPassword } from "./confirm";
import { isFresh } from "./fresh";
import { makeLink, readLink } from "./link";
import { endOwnSession, endOwnSessions, listOwnSessions, signInBefore } from "./own-sessions";
import { hashPassword } from "./password";
import { beginSession, type Person, readSession } from "./session";

let db: TestDatabase;
let hash: string;
const password = "correct horse battery";
const other = "lighthouse keeper 9";
const windows = { address: "192.0.2.1", agent: "Mozilla/5.0 (Windows NT 10.0) Chrome/141.0.0.0 Safari/537.36" };
const phone = { address: "2001:db8::1", agent: "Mozilla/5.0 (iPhone) Version/18.1 Mobile Safari/604.1" };

beforeAll(async () => {
  db = await testDatabase();
  hash = await hashPassword(password);
});
afterAll(() => db.drop());

let count = 0;
let email = "";
let token = "";
let me: Person;
beforeEach(async () => {
  await db.owner.pool.query("delete from throttle");
  email = `person${++count}@example.com`;
  const { rows } = await db.owner.pool.query("insert into person (email, password_hash) values ($1, $2) returning id", [
    email,
    hash,
  ]);
  token = await beginSession(db.web, rows[0].id, windows, new Date());
  me = await present(token);
});

const present = async (of: string): Promise<Person> => {
  const found = await readSession(db.web, of);
  if (!found) throw new Error("no session");
  return found;
};
const somebodyElse = async () => {
  const { rows } = await db.owner.pool.query("insert into person (email) values ($1) returning id", [
    `else${++count}@example.com`,
  ]);
  return present(await beginSession(db.web, rows[0].id, windows, new Date()));
};

describe("own sessions", () => {
  it("lists what is open with device, address, how it began and times, this one first", async () => {
    const old = await beginSession(db.web, me.personId, phone, new Date());
    await db.owner.pool.query("update session set ended_at = now() where id = $1", [(await present(old)).sessionId]);
    const idle = await present(await beginSession(db.web, me.personId, phone, new Date()));
    await db.owner.pool.query("update session set last_seen_at = now() - interval '13 hours' where id = $1", [
      idle.sessionId,
    ]);
    await beginSession(db.web, me.personId, phone, new Date(), "passkey");
    await somebodyElse();
    const listed = await listOwnSessions(db.web, me, new Date());
    expect(listed).toMatchObject([
      { id: me.sessionId, here: true, device: "Chrome on Windows", address: "192.0.2.1", method: "with the password" },
      { here: false, device: "Safari on iPhone", address: "2001:db8:0:0::/64", method: "with a passkey" },
    ]);
  });

  it("tells of the sign-in before this one", async () => {
    expect(await signInBefore(db.web, me)).toBeNull();
    const later = await present(await beginSession(db.web, me.personId, phone, new Date(Date.now() + 1000)));
    expect(await signInBefore(db.web, later)).toMatchObject({ device: "Chrome on Windows", address: "192.0.2.1" });
  });

  it("ends one of its own, and finds nobody else's", async () => {
    const away = await beginSession(db.web, me.personId, phone, new Date());
    await endOwnSession(db.web, me.personId, (await present(away)).sessionId, new Date());
    expect(await readSession(db.web, away)).toBeNull();
    const theirs = await somebodyElse();
    await expect(endOwnSession(db.web, me.personId, theirs.sessionId, new Date())).rejects.toThrow("no such session");
    expect(await readSession(db.web, token)).not.toBeNull();
    expect((await listOwnSessions(db.web, theirs, new Date())).map(({ id }) => id)).toEqual([theirs.sessionId]);
  });

  it("ends all but this one, or all, and nobody else's", async () => {
    const theirs = await somebodyElse();
    const away = await beginSession(db.web, me.personId, phone, new Date());
    expect(await endOwnSessions(db.web, me.personId, me.sessionId, new Date())).toBe(1);
    expect([await readSession(db.web, away), await readSession(db.web, token)]).toEqual([null, me]);
    expect(await endOwnSessions(db.web, me.personId, null, new Date())).toBe(1);
    expect(await readSession(db.web, token)).toBeNull();
    expect(await listOwnSessions(db.web, theirs, new Date())).toHaveLength(1);
  });
});

describe("a fresh sign-in", () => {
  const agedBy = (minutes: number) =>
    db.owner.pool.query("update session set confirmed_at = now() - make_interval(mins => $2) where id = $1", [
      me.sessionId,
      minutes,
    ]);

  it("is old after a quarter of an hour, and fresh again once the password was given", async () => {
    await agedBy(14);
    expect(isFresh((await present(token)).confirmedAt, new Date())).toBe(true);
    await agedBy(16);
    expect(isFresh((await present(token)).confirmedAt, new Date())).toBe(false);
    await proveOwnPassword(db.web, me, password, windows, new Date());
    await markFresh(db.web, me.sessionId, new Date());
    expect(isFresh((await present(token)).confirmedAt, new Date())).toBe(true);
  });

  it("is refused for a wrong password, and slowed down like a sign-in", async () => {
    const now = new Date();
    const attempt = () => proveOwnPassword(db.web, me, "wrong", windows, now).catch((error) => error);
    expect(await attempt()).toMatchObject({ fields: { password: expect.stringContaining("not your password") } });
    for (let n = 0; n < 6; n++) await attempt();
    expect((await attempt()).message).toContain("Too many tries");
  });
});

describe("a changed password", () => {
  it("needs the present one and a good new one", async () => {
    const change = (present_: string, wanted: string) =>
      changeOwnPassword(db.web, me, { present: present_, password: wanted }, windows, new Date());
    await expect(change("wrong", other)).rejects.toMatchObject({ fields: { present: expect.any(String) } });
    await expect(change(password, "welcomepassword")).rejects.toMatchObject({
      fields: { password: expect.any(String) },
    });
    await expect(change(password, password)).rejects.toMatchObject({
      fields: { password: expect.stringContaining("the one you have") },
    });
    expect(await signInByPassword(db.web, { email, password }, windows, new Date())).toBeTruthy();
  });

  it("ends other sessions and links, keeps this one, and stands in the audit without itself", async () => {
    const away = await beginSession(db.web, me.personId, phone, new Date());
    const link = await sqlTransaction(db.web.pool, (sql) =>
      makeLink(sql, { personId: me.personId, kind: "reset", seenIn: null }, new Date()),
    );
    await db.owner.pool.query("update person set password_seen_in = gen_random_uuid() where id = $1", [me.personId]);
    expect(await changeOwnPassword(db.web, me, { present: password, password: other }, windows, new Date())).toBe(1);
    expect(await readSession(db.web, away)).toBeNull();
    expect(await readSession(db.web, token)).not.toBeNull();
    expect(await readLink(db.web, link.path.split("/").at(-1) ?? "", new Date())).toBeNull();
    await expect(signInByPassword(db.web, { email, password }, windows, new Date())).rejects.toThrow("not right");
    expect(await signInByPassword(db.web, { email, password: other }, windows, new Date())).toBeTruthy();
    const { rows } = await db.owner.pool.query("select * from platform_audit where person_id = $1", [me.personId]);
    expect(rows).toMatchObject([{ action: "person.password", target: email, changes: {} }]);
    expect(JSON.stringify(rows)).not.toContain(other);
    const { rows: people } = await db.owner.pool.query("select password_seen_in from person where id = $1", [
      me.personId,
    ]);
    expect(people[0].password_seen_in).toBeNull();
  });
});
