import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { noFilter } from "@/domain/audit/filter";
import { redeemLink } from "@/domain/person/link";
import { beginSession, readSession } from "@/domain/person/session";
import { createFirstAdministrator, makeSetupCode } from "@/domain/person/setup";
import { type TestDatabase, testDatabase } from "@/test/database";
import { openExplained } from "@/test/explained";
import { listPlatformAudit } from "./audit";
import { health } from "./health";
import { addPlatformPerson, changePlatformRole, disablePerson, listPeople, makePersonLink } from "./people";
import type { PlatformScope } from "./scope";

let db: TestDatabase;
const now = new Date();
const visitor = { address: "192.0.2.1", agent: "" };
const scope = (role: "admin" | "operator" | "viewer" = "admin"): PlatformScope => ({
  db: db.web,
  personId: null,
  name: "Tester",
  role,
});

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(() => db.owner.pool.query("delete from person"));

const everything = { filter: noFilter, zone: "UTC", where: "", before: null };
const newestEntry = async () => {
  const token = await beginSession(
    db.web,
    await person(`reader${++readers}@example.com`, "admin"),
    visitor,
    new Date(),
  );
  return listPlatformAudit(scope(), token, everything, 1);
};
let readers = 0;

const person = async (email: string, role: string | null) =>
  (
    await db.owner.pool.query(
      "insert into person (email, platform_role, password_hash) values ($1, $2, 'x') returning id",
      [email, role],
    )
  ).rows[0].id as string;

describe("the first administrator", () => {
  const given = { email: "ada@example.com", name: "Ada", password: "lighthouse keeper 9" };

  it("needs the code of the terminal, which works once", async () => {
    const code = (await makeSetupCode(db.owner)) ?? "";
    await expect(
      createFirstAdministrator(db.web, { ...given, code: "AAAA-AAAA-AAAA-AAAA" }, visitor, now),
    ).rejects.toMatchObject({
      fields: { code: expect.stringContaining("not the code") },
    });
    const token = await createFirstAdministrator(db.web, { ...given, code }, visitor, now);
    expect(await readSession(db.web, token)).toMatchObject({ platformRole: "admin" });
    expect(await makeSetupCode(db.owner)).toBeNull();
    await expect(createFirstAdministrator(db.web, { ...given, code }, visitor, now)).rejects.toThrow("already");
  });

  it("refuses a password made of the name", async () => {
    const code = (await makeSetupCode(db.owner)) ?? "";
    await expect(
      createFirstAdministrator(db.web, { ...given, code, password: "ada@example!" }, visitor, now),
    ).rejects.toMatchObject({ fields: { password: expect.any(String) } });
  });
});

describe("people of the platform", () => {
  it("keeps the last administrator, also when two lower each other at once", async () => {
    const [a, b] = [await person("a@example.com", "admin"), await person("b@example.com", "admin")];
    const answers = await Promise.allSettled([
      changePlatformRole(scope(), { personId: a, role: "viewer" }, now),
      disablePerson(scope(), { personId: b, disabled: true }, now),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(["fulfilled", "rejected"]);
  });

  it("signs a disabled person out at once, and enabling brings no session back", async () => {
    await person("a@example.com", "admin");
    const b = await person("b@example.com", "viewer");
    const token = await beginSession(db.web, b, visitor, now);
    await disablePerson(scope(), { personId: b, disabled: true }, now);
    expect(await readSession(db.web, token)).toBeNull();
    await disablePerson(scope(), { personId: b, disabled: false }, now);
    expect(await readSession(db.web, token)).toBeNull();
  });

  it("adds with a link, and writes who gave what", async () => {
    await person("a@example.com", "admin");
    const added = await addPlatformPerson(scope(), { email: "new@example.com", role: "operator" }, now);
    expect(added.link?.path).toMatch(/^\/invitation\/[\w-]{43}$/);
    const { rows } = await newestEntry();
    expect(rows[0]).toMatchObject({ action: "person.role", target: "new@example.com", who: "Tester" });
    expect((await listPeople(scope(), "NEW")).map((one) => one.email)).toEqual(["new@example.com"]);
  });

  it("gives nobody a platform role whose password another administrator may know", async () => {
    await person("a@example.com", "admin");
    const b = await person("b@example.com", null);
    await db.owner.pool.query("update person set password_seen_in = gen_random_uuid() where id = $1", [b]);
    await expect(addPlatformPerson(scope(), { email: "b@example.com", role: "admin" }, now)).rejects.toThrow("saw too");
    await expect(changePlatformRole(scope(), { personId: b, role: "admin" }, now)).rejects.toThrow("saw too");
    const { link } = await makePersonLink(scope(), { personId: b }, now);
    await redeemLink(
      db.web,
      { token: link.path.split("/").at(-1) ?? "", name: "", password: "lighthouse keeper 9" },
      visitor,
      now,
    );
    await changePlatformRole(scope(), { personId: b, role: "admin" }, now);
  });

  it("shows the log of all tenants to administrators of the platform, and to nobody else's session", async () => {
    const { rows } = await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) values ('one', 'One', 'UTC'), ('two', 'Two', 'UTC') returning id",
    );
    for (const { id } of rows)
      await db.owner.pool.query(
        `insert into audit (tenant_id, at, who, action, target)
         select $1, now() + make_interval(secs => n), 'Ann', 'mailbox.save', 'box ' || n from generate_series(1, 3) n`,
        [id],
      );
    const admin = await beginSession(db.web, await person("a@example.com", "admin"), visitor, now);
    const list = (token: string, where: string, before: { at: Date; id: number } | null = null, limit = 4) =>
      listPlatformAudit(scope(), token, { ...everything, where, before }, limit);
    expect((await list(admin, "two")).rows.map(({ tenant, target }) => `${tenant} ${target}`)).toEqual([
      "two box 3",
      "two box 2",
      "two box 1",
    ]);
    const first = await list(admin, "*");
    const second = await list(admin, "*", first.older, 50);
    const both = [...first.rows, ...second.rows].filter(({ tenant }) => tenant !== "");
    expect(both.map(({ target }) => target)).toEqual(["box 3", "box 3", "box 2", "box 2", "box 1", "box 1"]);
    expect((await list(admin, "no-such-tenant")).rows).toEqual([]);
    const operator = await beginSession(db.web, await person("o@example.com", "operator"), visitor, now);
    for (const token of [operator, "no session"]) expect((await list(token, "*")).rows).toEqual([]);
    await expect(listPlatformAudit(scope("operator"), admin, everything, 1)).rejects.toThrow("Your role");
  });

  it("begins a later page of that log where it is, and does not read what came before it again", async () => {
    const { rows } = await db.owner.pool.query(
      "insert into tenant (slug, name, time_zone) values ('long', 'Long', 'UTC') returning id",
    );
    await db.owner.pool.query(
      `insert into audit (tenant_id, at, who, action)
       select $1, now() - make_interval(secs => n), 'Ann', 'mailbox.save' from generate_series(1, 5000) n`,
      [rows[0].id],
    );
    await db.owner.pool.query("analyze audit");
    const admin = await beginSession(db.web, await person("a@example.com", "admin"), visitor, now);
    const explained = openExplained(db.urls.owner);
    try {
      const page = { ...everything, where: "*", before: null };
      const asked = { ...scope(), db: explained.db };
      const first = await listPlatformAudit(asked, admin, page, 4000);
      explained.plansOf("");
      expect((await listPlatformAudit(asked, admin, { ...page, before: first.older }, 50)).rows).toHaveLength(50);
      const plan = explained.plansOf("from audit a");
      expect(plan).toMatch(/using audit_at on audit \w+ .* rows=5\d\b.*\n\s+Index Cond: \(at <= /);
    } finally {
      await explained.db.close();
    }
  });

  it("asks for the grant again", async () => {
    await expect(listPeople(scope("operator"), "")).rejects.toThrow("Your role");
    await expect(addPlatformPerson(scope("viewer"), { email: "x@example.com", role: "viewer" }, now)).rejects.toThrow(
      "Your role",
    );
  });
});

describe("health", () => {
  it("names what is missing", async () => {
    expect(await health(db.web)).toEqual({ ok: false, database: true, worker: false });
    await db.owner.pool.query("insert into worker (id, name, sites) values (gen_random_uuid(), 'w', '{main}')");
    expect(await health(db.web)).toEqual({ ok: true, database: true, worker: true });
    await db.owner.pool.query("update worker set beat_at = now() - interval '5 minutes'");
    expect(await health(db.web)).toMatchObject({ ok: false, worker: false });
  });
});
