import { Secret, TOTP } from "otpauth";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noFilter } from "@/domain/audit/filter";
import { listPlatformAudit } from "@/domain/platform/audit";
import { listPeople } from "@/domain/platform/people";
import type { PlatformScope } from "@/domain/platform/scope";
import { readRequired, removeFactorsOf, saveRequired } from "@/domain/platform/second-factor";
import { sqlOf, sqlTransaction } from "@/domain/scope";
import { type OwnKey, ownKeyOf } from "@/lib/seal";
import { type TestDatabase, testDatabase } from "@/test/database";
import { signInByPassword } from "./begin";
import { finishHalf, readHalf } from "./half-sign-in";
import { makeLink, redeemLink } from "./link";
import { listOwnSessions } from "./own-sessions";
import { askPasskey, relyingPartyOf, takePasskey } from "./passkey";
import { hashPassword } from "./password";
import { recoveryCodeIn } from "./recovery";
import { addApp, askForSignIn, offerApp, proveFactor, removeFactor, renewRecoveryCodes } from "./second-factor";
import { beginSession, type Person, readSession } from "./session";
import { takeCode } from "./totp";

let db: TestDatabase;
let key: OwnKey;
let hash: string;
const password = "correct horse battery";
const visitor = { address: "192.0.2.1", agent: "test" };
const now = () => new Date();

beforeAll(async () => {
  db = await testDatabase();
  key = await ownKeyOf("a secret of this test alone");
  hash = await hashPassword(password);
});
afterAll(() => db.drop());

let count = 0;
let me: Person;
let token = "";
beforeEach(async () => {
  await db.owner.pool.query("delete from throttle");
  await db.owner.pool.query("update platform_setting set value = '[]' where key = 'second-factor-roles'");
  [me, token] = await somebody();
});

async function somebody(role: string | null = null): Promise<[Person, string]> {
  const { rows } = await db.owner.pool.query(
    "insert into person (email, password_hash, platform_role) values ($1, $2, $3) returning id",
    [`person${++count}@example.com`, hash, role],
  );
  const begun = await beginSession(db.web, rows[0].id, visitor, now());
  return [await present(begun), begun];
}

const present = async (of: string): Promise<Person> => {
  const found = await readSession(db.web, of);
  if (!found) throw new Error("no session");
  return found;
};

const newestEntry = async () => {
  const [, reader] = await somebody("admin");
  return listPlatformAudit(scope, reader, { filter: noFilter, zone: "UTC", where: "", before: null }, 1);
};

/** What the person's phone shows at a moment. */
const phone = (secret: string) => {
  const totp = new TOTP({ secret: Secret.fromBase32(secret.replaceAll(" ", "")) });
  return (at: Date) => totp.generate({ timestamp: at.getTime() });
};

/** Sets an app up, with a code of long ago, so that those of now are all unused. */
async function withApp(person = me, session = token) {
  const { secret } = await offerApp(db.web, key, person);
  const shows = phone(secret);
  const before = new Date(Date.now() - 600_000);
  const added = await addApp(db.web, key, { person, token: session }, shows(before), visitor, before);
  return { shows, recoveryCodes: added.recoveryCodes ?? [] };
}

const half = async (email = me.email) => {
  const begun = await signInByPassword(db.web, { email, password }, visitor, now());
  expect(begun.kind).toBe("second-factor");
  const found = await readHalf(db.web, begun.token, now());
  if (!found) throw new Error("no half sign-in");
  return found;
};

const prove = (of: { personId: string; token: string }, code: string, at = now()) =>
  proveFactor(
    db.web,
    { key, party: null },
    { personId: of.personId, token: of.token, purpose: "second-factor" },
    { by: "code", code },
    visitor,
    at,
  );

describe("an authenticator app", () => {
  it("counts from its first right code on, and brings ten recovery codes", async () => {
    const offer = await offerApp(db.web, key, me);
    expect(offer.uri).toMatch(/^otpauth:\/\/totp\/Mailferry:person\d+%40example\.com\?/);
    expect(offer.qr.path).toMatch(/^M/);
    expect((await signInByPassword(db.web, { email: me.email, password }, visitor, now())).kind).toBe("session");
    const shows = phone(offer.secret);
    const wrong = String((Number(shows(now())) + 1) % 1_000_000).padStart(6, "0");
    await expect(addApp(db.web, key, { person: me, token }, wrong, visitor, now())).rejects.toMatchObject({
      fields: { code: expect.stringContaining("not the code") },
    });
    const { recoveryCodes } = await addApp(db.web, key, { person: me, token }, shows(now()), visitor, now());
    expect(new Set(recoveryCodes).size).toBe(10);
    expect((await present(token)).factors).toEqual({ code: true, passkeys: 0, recoveryCodes: 10 });
    expect((await signInByPassword(db.web, { email: me.email, password }, visitor, now())).kind).toBe("second-factor");
  });

  it("is offered anew until then, and the older picture is good for nothing", async () => {
    const first = phone((await offerApp(db.web, key, me)).secret);
    const second = phone((await offerApp(db.web, key, me)).secret);
    await expect(addApp(db.web, key, { person: me, token }, first(now()), visitor, now())).rejects.toThrow();
    await addApp(db.web, key, { person: me, token }, second(now()), visitor, now());
    await expect(offerApp(db.web, key, await present(token))).rejects.toThrow("set up already");
  });

  it("counts with its recovery codes or not at all", async () => {
    const shows = phone((await offerApp(db.web, key, me)).secret);
    const at = now();
    const adding = () => addApp(db.web, key, { person: me, token }, shows(at), visitor, at);
    await db.owner.pool.query(`create function refused() returns trigger language plpgsql as
      $$ begin raise exception 'no room'; end $$`);
    await db.owner.pool.query(
      "create trigger refused before insert on recovery_code for each statement execute function refused()",
    );
    await expect(adding()).rejects.toThrow("no room");
    await db.owner.pool.query("drop function refused cascade");
    expect((await present(token)).factors).toEqual({ code: false, passkeys: 0, recoveryCodes: 0 });
    // The code was not used up either.
    expect((await adding()).recoveryCodes).toHaveLength(10);
  });

  it("is slowed down: a million codes can't be tried", async () => {
    const { shows } = await withApp();
    const waiting = await half();
    const at = now();
    const wrong = ["000000", "111111", "222222"].find((code) => code !== shows(at)) ?? "";
    const tries = await Promise.all(
      Array.from({ length: 20 }, () => prove(waiting, wrong, at).catch((error: Error) => error.message)),
    );
    expect(tries.filter((words) => String(words).includes("Too many tries")).length).toBeGreaterThan(10);
    await expect(prove(waiting, shows(at), at)).rejects.toThrow("Too many tries");
    await expect(prove(waiting, shows(at), new Date(at.getTime() + 1000 * 60 * 20))).rejects.toThrow();
  });

  it("can't be opened with another secret of the portal, and its secret is read by no role", async () => {
    const { shows } = await withApp();
    const other = await ownKeyOf("another secret");
    expect(await takeCode(sqlOf(db.web.pool), other, token, shows(now()), now())).toBe("unreadable");
    for (const role of [db.web, db.worker])
      await expect(role.pool.query("select sealed from totp")).rejects.toThrow("permission denied");
    await expect(db.worker.pool.query("select * from portal_totp('\\x00')")).rejects.toThrow("permission denied");
    const { rows } = await db.owner.pool.query("select t::text as row from totp t where person_id = $1", [me.personId]);
    expect(rows[0].row).not.toContain(Buffer.from(shows(now())).toString("hex"));
  });

  it("is given to no token but the person's own, and to none that ended", async () => {
    const { shows } = await withApp();
    const [, theirs] = await somebody();
    expect(await takeCode(sqlOf(db.web.pool), key, theirs, shows(now()), now())).toBe("none");
    await db.owner.pool.query("update session set ended_at = now() where id = $1", [me.sessionId]);
    expect(await takeCode(sqlOf(db.web.pool), key, token, shows(now()), now())).toBe("none");
  });

  it("moved to another person's row does not open", async () => {
    const { shows } = await withApp();
    const [other, theirs] = await somebody();
    await withApp(other, theirs);
    await db.owner.pool.query(
      "update totp set sealed = (select sealed from totp where person_id = $1) where person_id = $2",
      [me.personId, other.personId],
    );
    expect(await takeCode(sqlOf(db.web.pool), key, theirs, shows(now()), now())).toBe("unreadable");
  });
});

describe("a sign-in that waits for its second factor", () => {
  it("opens nothing, becomes one session, and no second one", async () => {
    const { shows } = await withApp();
    const waiting = await half();
    expect(await readSession(db.web, waiting.token)).toBeNull();
    const method = await prove(waiting, shows(now()));
    const session = await finishHalf(db.web, waiting, visitor, now(), method);
    expect(await readSession(db.web, session)).toMatchObject({ personId: me.personId });
    expect(await readHalf(db.web, waiting.token, now())).toBeNull();
    await expect(finishHalf(db.web, waiting, visitor, now(), method)).rejects.toThrow("took too long");
  });

  it("ends after ten minutes, with a disabled person and with a new password", async () => {
    await withApp();
    const waiting = await half();
    expect(await readHalf(db.web, waiting.token, new Date(Date.now() + 600_001))).toBeNull();
    await db.owner.pool.query("update person set disabled_at = now() where id = $1", [me.personId]);
    expect(await readHalf(db.web, waiting.token, now())).toBeNull();
    await db.owner.pool.query("update person set disabled_at = null where id = $1", [me.personId]);
    const link = await sqlTransaction(db.web.pool, (sql) =>
      makeLink(sql, { personId: me.personId, kind: "reset", seenIn: null }, now()),
    );
    const linkToken = link.path.split("/").at(-1) ?? "";
    const begun = await redeemLink(
      db.web,
      { token: linkToken, name: "", password: "lighthouse keeper 9" },
      visitor,
      now(),
    );
    // A reset by mail does not go around the second factor.
    expect(begun.kind).toBe("second-factor");
    expect(await readHalf(db.web, waiting.token, now())).toBeNull();
    expect(await readHalf(db.web, begun.token, now())).toMatchObject({ personId: me.personId });
  });
});

describe("the list of one's sessions", () => {
  it("claims no password of a sign-in by a link and a second factor", async () => {
    const { shows, recoveryCodes } = await withApp();
    const enter = async (code: string) => {
      const { path } = await sqlTransaction(db.web.pool, (sql) =>
        makeLink(sql, { personId: me.personId, kind: "reset", seenIn: null }, now()),
      );
      const given = { token: path.split("/").at(-1) ?? "", name: "", password: "lighthouse keeper 9" };
      const waiting = await readHalf(db.web, (await redeemLink(db.web, given, visitor, now())).token, now());
      if (!waiting) throw new Error("no half sign-in");
      const session = await finishHalf(db.web, waiting, visitor, now(), await prove(waiting, code));
      const [here] = await listOwnSessions(db.web, await present(session), now());
      return here?.method;
    };
    expect(await enter(shows(now()))).toBe("with a second factor (code)");
    expect(await enter(recoveryCodes[0] ?? "")).toBe("with a second factor (recovery code)");
  });
});

describe("a recovery code", () => {
  it("works once, however it is typed, and for its person only", async () => {
    const { recoveryCodes } = await withApp();
    const [first = "", second = ""] = recoveryCodes;
    const waiting = await half();
    expect(await prove(waiting, first.toLowerCase().replaceAll("-", " "))).toBe("recovery");
    await expect(prove(waiting, first)).rejects.toMatchObject({
      fields: { code: expect.stringContaining("used already") },
    });
    const [other, theirs] = await somebody();
    await withApp(other, theirs);
    await expect(prove(await half(other.email), second)).rejects.toMatchObject({
      fields: { code: expect.any(String) },
    });
    const both = await Promise.allSettled([prove(waiting, second), prove(waiting, second)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect((await present(token)).factors.recoveryCodes).toBe(8);
  });

  it("is kept as a hash, and new ones end the older ones", async () => {
    const { recoveryCodes } = await withApp();
    const { rows } = await db.owner.pool.query("select encode(code_hash, 'escape') as h from recovery_code");
    for (const code of recoveryCodes) expect(rows.map(({ h }) => h).join()).not.toContain(code);
    const fresh = await renewRecoveryCodes(db.web, await present(token));
    const waiting = await half();
    await expect(prove(waiting, recoveryCodes[0] ?? "")).rejects.toThrow();
    expect(await prove(waiting, fresh[0] ?? "")).toBe("recovery");
  });

  it.each([
    ["123456", null],
    ["abcd-efgh-jkmn-pqrs", "ABCD-EFGH-JKMN-PQRS"],
    ["ABCDEFGHJKMNPQR", null],
    ["ABCD-EFGH-JKMN-PQR0", null],
  ])("is %s one: %s", (text, code) => expect(recoveryCodeIn(text)).toBe(code));
});

describe("taking factors away", () => {
  it("ends recovery codes with the last one, and finds nobody else's", async () => {
    await withApp();
    const [other, theirs] = await somebody();
    await expect(removeFactor(db.web, other, { what: "app" })).rejects.toThrow("gone already");
    await withApp(other, theirs);
    await removeFactor(db.web, me, { what: "app" });
    expect((await present(token)).factors).toEqual({ code: false, passkeys: 0, recoveryCodes: 0 });
    expect((await present(theirs)).factors).toMatchObject({ code: true, recoveryCodes: 10 });
    const { rows } = await db.owner.pool.query(
      "insert into passkey (person_id, credential_id, public_key, name) values ($1, 'c1', '\\x00', 'theirs') returning id",
      [other.personId],
    );
    await expect(removeFactor(db.web, me, { what: "passkey", id: rows[0].id })).rejects.toThrow("gone already");
    expect((await present(theirs)).factors.passkeys).toBe(1);
  });

  it("keeps the last one where the role needs it", async () => {
    const [admin, session] = await somebody("admin");
    await withApp(admin, session);
    await saveRequired(scope, ["admin"]);
    await expect(removeFactor(db.web, await present(session), { what: "app" })).rejects.toThrow(
      "needs a second factor",
    );
    await db.owner.pool.query(
      "insert into passkey (person_id, credential_id, public_key, name) values ($1, 'c2', '\\x00', 'key')",
      [admin.personId],
    );
    await removeFactor(db.web, await present(session), { what: "app" });
    expect((await present(session)).factors).toEqual({ code: false, passkeys: 1, recoveryCodes: 10 });
  });

  it("is also for administrators of the platform, ends sessions, and is written down", async () => {
    await withApp();
    expect(await removeFactorsOf(scope, me.personId, now())).toEqual({ email: me.email });
    expect(await readSession(db.web, token)).toBeNull();
    expect((await signInByPassword(db.web, { email: me.email, password }, visitor, now())).kind).toBe("session");
    const { rows } = await newestEntry();
    expect(rows[0]).toMatchObject({ action: "person.second-factors-remove", target: me.email });
    await expect(removeFactorsOf({ ...scope, role: "operator" }, me.personId, now())).rejects.toThrow("Your role");
  });
});

describe("a role that needs a second factor", () => {
  it("counts for platform roles and for roles in a tenant, and who has one goes on", async () => {
    const { rows } = await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) values ('contoso', 'Contoso', 'UTC') returning id",
    );
    const [member, session] = await somebody();
    await db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, 'operator')", [
      rows[0].id,
      member.personId,
    ]);
    const [admin, adminSession] = await somebody("admin");
    expect([member.needsFactor, admin.needsFactor]).toEqual([false, false]);
    await saveRequired(scope, ["operator"]);
    expect((await readRequired(scope)).roles).toEqual(["operator"]);
    expect((await readRequired(scope)).without.operator).toBeGreaterThan(0);
    expect([(await present(session)).needsFactor, (await present(adminSession)).needsFactor]).toEqual([true, false]);
    await withApp(member, session);
    expect((await present(session)).needsFactor).toBe(false);
    await saveRequired(scope, ["admin", "operator"]);
    expect((await present(adminSession)).needsFactor).toBe(true);
    expect((await listPeople(scope, member.email))[0]).toMatchObject({ hasFactor: true });
    const audit = await newestEntry();
    expect(audit.rows[0]).toMatchObject({
      action: "second-factor.required",
      changes: { requiredFor: { from: ["operator"], to: ["operator", "admin"] } },
    });
  });

  it("is asked for by administrators of the platform only", async () => {
    await expect(saveRequired({ ...scope, role: "operator" }, [])).rejects.toThrow("Your role");
    await expect(readRequired({ ...scope, role: "viewer" })).rejects.toThrow("Your role");
  });
});

describe("a passkey", () => {
  const party = { id: "ferry.example", origin: "https://ferry.example" };

  it("belongs to a name, not to an address", () => {
    expect(relyingPartyOf("https://ferry.example:8443/x")).toEqual({
      id: "ferry.example",
      origin: "https://ferry.example:8443",
    });
    expect(relyingPartyOf("http://127.0.0.1:3000")).toBeNull();
    expect(relyingPartyOf("http://[::1]:3000")).toBeNull();
  });

  it("is asked for only so often from one address, and no password waits for that", async () => {
    const at = now();
    const asked = await Promise.allSettled(Array.from({ length: 60 }, () => askForSignIn(db.web, party, visitor, at)));
    expect(asked.filter(({ status }) => status === "rejected").length).toBeGreaterThan(20);
    expect((await signInByPassword(db.web, { email: me.email, password }, visitor, at)).kind).toBe("session");
  });

  it("that nobody has is refused like one that is not right", async () => {
    const { challenge } = await askPasskey(db.web, party, "sign-in", null, now());
    const clientDataJSON = Buffer.from(
      JSON.stringify({ type: "webauthn.get", challenge, origin: party.origin }),
    ).toString("base64url");
    const response = {
      id: "bm9ib2R5",
      rawId: "bm9ib2R5",
      type: "public-key" as const,
      clientExtensionResults: {},
      response: { clientDataJSON, authenticatorData: "", signature: "" },
    };
    const refused = "opens nothing here";
    await expect(takePasskey(db.web, party, "sign-in", null, response, now())).rejects.toThrow(refused);
    await db.owner.pool.query(
      "insert into passkey (person_id, credential_id, public_key, name) values ($1, 'bm9ib2R5', '\\x00', 'key')",
      [me.personId],
    );
    await expect(takePasskey(db.web, party, "sign-in", null, response, now())).rejects.toThrow(refused);
    const [other] = await somebody();
    await expect(takePasskey(db.web, party, "prove", other.personId, response, now())).rejects.toThrow(refused);
  });
});

const scope: PlatformScope = {
  get db() {
    return db.web;
  },
  personId: null,
  name: "Tester",
  role: "admin",
};
