import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { enter } from "@/domain/tenant/view";
import { type TestDatabase, testDatabase } from "@/test/database";
import { signInByPassword } from "./begin";
import { hashPassword } from "./password";
import { beginSession, endSession, readSession } from "./session";

let db: TestDatabase;
let hash: string;
const password = "correct horse battery";
const visitor = { address: "192.0.2.1", agent: "test" };

beforeAll(async () => {
  db = await testDatabase();
  hash = await hashPassword(password);
});
afterAll(() => db.drop());

const signIn = async (...given: Parameters<typeof signInByPassword>) => (await signInByPassword(...given)).token;

let email = "";
let personId = "";
let count = 0;
beforeEach(async () => {
  email = `person${++count}@example.com`;
  const { rows } = await db.owner.pool.query("insert into person (email, password_hash) values ($1, $2) returning id", [
    email,
    hash,
  ]);
  personId = rows[0].id;
  await db.owner.pool.query("delete from throttle");
});

const set = (what: string, values: unknown[] = []) => db.owner.pool.query(what, values);

describe("a session", () => {
  it("begins anew at each sign-in and ends on its own", async () => {
    const first = await signIn(db.web, { email: ` ${email.toUpperCase()}`, password }, visitor, new Date());
    const second = await signIn(db.web, { email, password }, visitor, new Date());
    expect(first).not.toBe(second);
    expect(await readSession(db.web, first)).toMatchObject({ personId, email, name: email, platformRole: null });
    await endSession(db.web, first);
    expect(await readSession(db.web, first)).toBeNull();
    expect(await readSession(db.web, second)).not.toBeNull();
  });

  it("acts at once on a disabled person", async () => {
    const token = await beginSession(db.web, personId, visitor, new Date());
    await set("update person set disabled_at = now() where id = $1", [personId]);
    expect(await readSession(db.web, token)).toBeNull();
    await expect(signIn(db.web, { email, password }, visitor, new Date())).rejects.toThrow("not right");
  });

  it("ends after 12 idle hours and after 7 days", async () => {
    const idle = await beginSession(db.web, personId, visitor, new Date());
    await set("update session set last_seen_at = now() - interval '12 hours 1 minute' where person_id = $1", [
      personId,
    ]);
    expect(await readSession(db.web, idle)).toBeNull();
    const old = await beginSession(db.web, personId, visitor, new Date(Date.now() - 7 * 86_400_000 - 60_000));
    await set("update session set last_seen_at = now() where person_id = $1 and expires_at < now()", [personId]);
    expect(await readSession(db.web, old)).toBeNull();
  });

  it("keeps no token in the database", async () => {
    const token = await beginSession(db.web, personId, visitor, new Date());
    const { rows } = await set("select token_hash::text || agent || address as all from session where person_id = $1", [
      personId,
    ]);
    expect(rows[0].all).not.toContain(token);
  });
});

describe("guessing", () => {
  it("is answered with the same sentence whether or not the person exists", async () => {
    const wrong = await signIn(db.web, { email, password: "wrong" }, visitor, new Date()).catch(
      (e: Error) => e.message,
    );
    const nobody = await signIn(db.web, { email: "nobody@example.com", password }, visitor, new Date()).catch(
      (e: Error) => e.message,
    );
    expect(wrong).toBe(nobody);
  });

  it("waits longer and longer, says until when, and is free again after ten quiet minutes", async () => {
    const now = new Date("2026-11-24T10:00:00Z");
    const tries = async (at: Date) =>
      signIn(db.web, { email, password: "wrong" }, visitor, at).catch((e: Error) => e.message);
    for (let n = 0; n < 6; n++) expect(await tries(now)).toContain("not right");
    expect(await tries(now)).toBe("Too many tries. Try again in 1 second.");
    expect(await tries(new Date(now.getTime() + 1000))).toContain("not right");
    expect(await tries(new Date(now.getTime() + 1000))).toContain("in 2 seconds");
    const later = new Date(now.getTime() + 20 * 60_000);
    expect(await signIn(db.web, { email, password }, visitor, later)).toMatch(/^[\w-]{43}$/);
  });

  it("does not keep out the owner where they signed in before", async () => {
    await signIn(db.web, { email, password }, { ...visitor, address: "198.51.100.7" }, new Date());
    const now = new Date();
    for (let n = 0; n < 12; n++) await signIn(db.web, { email, password: "wrong" }, visitor, now).catch(() => {});
    await expect(signIn(db.web, { email, password }, visitor, now)).rejects.toThrow("Too many tries");
    expect(await signIn(db.web, { email, password }, { ...visitor, address: "198.51.100.7" }, now)).toBeTruthy();
  });

  it("counts tries that come all at once", async () => {
    const now = new Date();
    const answers = await Promise.all(
      Array.from({ length: 40 }, () =>
        signIn(db.web, { email, password: "wrong" }, visitor, now).catch((e: Error) => e.message),
      ),
    );
    expect(answers.filter((answer) => answer.includes("not right")).length).toBeLessThanOrEqual(6);
  });
});

describe("entering a tenant", () => {
  it("takes the stronger role, and hides what is not theirs", async () => {
    const { rows } = await set(
      "insert into tenant (slug, name, time_zone) values ('contoso', 'Contoso', 'UTC'), ('other', 'Other', 'UTC') returning id",
    );
    await set("insert into membership (tenant_id, person_id, role) values ($1, $2, 'operator')", [
      rows[0].id,
      personId,
    ]);
    const token = await beginSession(db.web, personId, visitor, new Date());
    expect(await enter(db.web, token, "contoso")).toMatchObject({ role: "operator", tenant: { name: "Contoso" } });
    expect(await enter(db.web, token, "other")).toBeNull();
    expect(await enter(db.web, token, "missing")).toBeNull();
    await set("update person set platform_role = 'admin' where id = $1", [personId]);
    expect(await enter(db.web, token, "other")).toMatchObject({ role: "admin" });
    await set("update tenant set state = 'closed' where slug = 'contoso'");
    expect(await enter(db.web, token, "contoso")).toMatchObject({ tenant: { state: "closed" } });
    await set("update person set platform_role = 'operator' where id = $1", [personId]);
    expect(await enter(db.web, token, "contoso")).toBeNull();
    await endSession(db.web, token);
    expect(await enter(db.web, token, "other")).toBeNull();
  });
});
