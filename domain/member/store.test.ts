import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { readLink, redeemLink } from "@/domain/person/link";
import { hashPassword } from "@/domain/person/password";
import { beginSession } from "@/domain/person/session";
import { makePersonLink } from "@/domain/platform/people";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMember, changeMemberRole, listMembers, makeMemberLink, removeMember } from "./store";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;
let hash: string;
let count = 0;
const now = new Date();
const visitor = { address: "192.0.2.1", agent: "" };

beforeAll(async () => {
  db = await testDatabase();
  hash = await hashPassword("correct horse battery");
});
afterAll(() => db.drop());

const row = async (sql: string, values: unknown[]) => (await db.owner.pool.query(sql, values)).rows[0].id as string;
const tenant = (slug: string) =>
  row("insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id", [slug]);
const person = (email: string, password: string | null = hash) =>
  row("insert into person (email, password_hash) values ($1, $2) returning id", [email, password]);
const member = async (scope: TenantScope, personId: string, role: string) =>
  db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, $3)", [
    scope.tenantId,
    personId,
    role,
  ]);

let ann = "";
let bob = "";
beforeEach(async () => {
  count += 1;
  const actor = { kind: "person", personId: "00000000-0000-4000-8000-000000000000", name: "Tester" } as const;
  ours = mintScope(db.web, await tenant(`ours-${count}`), actor);
  theirs = mintScope(db.web, await tenant(`theirs-${count}`), actor);
  ann = await person(`ann${count}@example.com`);
  bob = await person(`bob${count}@example.com`);
  await member(ours, ann, "admin");
});

describe("members", () => {
  it("adds a new person with a link that works once, and audits it", async () => {
    const added = await addMember(ours, "admin", { email: `new${count}@example.com`, role: "viewer" }, now);
    const token = added.link?.path.split("/").at(-1) ?? "";
    expect(await readLink(db.web, token, now)).toMatchObject({ kind: "invitation", email: `new${count}@example.com` });
    const given = { token, name: "New", password: "lighthouse keeper 9" };
    expect(await redeemLink(db.web, given, visitor, now)).toEqual({
      kind: "session",
      token: expect.stringMatching(/^[\w-]{43}$/),
    });
    await expect(redeemLink(db.web, given, visitor, now)).rejects.toThrow("used already");
    const { rows } = await db.owner.pool.query("select action, who, changes from audit where tenant_id = $1", [
      ours.tenantId,
    ]);
    expect(rows).toEqual([{ action: "member.add", who: "Tester", changes: { role: { from: null, to: "viewer" } } }]);
  });

  it("ends a link after its time, and with a newer one", async () => {
    const added = await addMember(ours, "admin", { email: `late${count}@example.com`, role: "viewer" }, now);
    const first = added.link?.path.split("/").at(-1) ?? "";
    expect(await readLink(db.web, first, new Date(now.getTime() + 8 * 86_400_000))).toBeNull();
    const late = (await listMembers(ours, now)).find((one) => one.email.startsWith("late"));
    const again = await makeMemberLink(ours, "admin", { personId: late?.personId ?? "" }, now);
    expect(await readLink(db.web, first, now)).toBeNull();
    expect(await readLink(db.web, again.link.path.split("/").at(-1) ?? "", now)).not.toBeNull();
  });

  it("gives nobody a role above one's own", async () => {
    await expect(addMember(ours, "operator", { email: "x@example.com", role: "admin" }, now)).rejects.toThrow("above");
    await expect(changeMemberRole(ours, "operator", { personId: ann, role: "viewer" })).rejects.toThrow("above");
    await expect(removeMember(ours, "operator", { personId: ann }, now)).rejects.toThrow("above");
  });

  it("keeps the last administrator; disabled ones and those of the platform don't count", async () => {
    await member(ours, bob, "admin");
    await db.owner.pool.query("update person set disabled_at = now() where id = $1", [bob]);
    await expect(removeMember(ours, "admin", { personId: ann }, now)).rejects.toThrow("last administrator");
    await expect(changeMemberRole(ours, "admin", { personId: ann, role: "operator" })).rejects.toThrow(
      "last administrator",
    );
    await db.owner.pool.query("update person set disabled_at = null where id = $1", [bob]);
    expect(await changeMemberRole(ours, "admin", { personId: ann, role: "operator" })).toMatchObject({
      email: `ann${count}@example.com`,
    });
  });

  it("keeps one of two administrators who remove each other at the same moment", async () => {
    await member(ours, bob, "admin");
    const answers = await Promise.allSettled([
      removeMember(ours, "admin", { personId: ann }, now),
      removeMember(ours, "admin", { personId: bob }, now),
    ]);
    expect(answers.map((answer) => answer.status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await listMembers(ours, now)).toHaveLength(1);
  });

  it("makes no link for a person who is known elsewhere", async () => {
    await member(theirs, bob, "viewer");
    expect(await addMember(ours, "admin", { email: `bob${count}@example.com`, role: "viewer" }, now)).toMatchObject({
      link: null,
    });
    await expect(makeMemberLink(ours, "admin", { personId: bob }, now)).rejects.toThrow("another tenant");
    await addMember(theirs, "admin", { email: `open${count}@example.com`, role: "viewer" }, now);
    await expect(
      addMember(ours, "admin", { email: `open${count}@example.com`, role: "viewer" }, now),
    ).rejects.toMatchObject({
      fields: { email: expect.stringContaining("can't be added here. Ask whoever runs Mailferry") },
    });
  });

  it("refuses strangers in one sentence, whatever their account is elsewhere", async () => {
    const [open, seen, gone] = ["open", "seen", "gone"].map((each) => `${each}${count}@example.com`) as [
      string,
      string,
      string,
    ];
    await addMember(theirs, "admin", { email: open, role: "viewer" }, now);
    await person(seen);
    await db.owner.pool.query("update person set password_seen_in = $2 where email = $1", [seen, theirs.tenantId]);
    await person(gone);
    await db.owner.pool.query("update person set disabled_at = now() where email = $1", [gone]);
    const said = [];
    for (const email of [open, seen, gone]) {
      const error = await addMember(ours, "admin", { email, role: "viewer" }, now).catch((fault) => fault);
      said.push(error.fields?.email.replace(email, "WHO"));
    }
    expect(new Set(said).size).toBe(1);
    expect(said[0]).toMatch(/^WHO can't be added here\. Ask whoever runs Mailferry: /);
  });

  it("shows when somebody was here last only of people who are known nowhere else", async () => {
    const seen = async () => {
      const { lastSeenAt, linkUntil } = (await listMembers(ours, now)).find(({ personId }) => personId === bob) ?? {};
      return [lastSeenAt instanceof Date, linkUntil instanceof Date];
    };
    await member(ours, bob, "viewer");
    await beginSession(db.web, bob, visitor, now);
    await makeMemberLink(ours, "admin", { personId: bob }, now);
    expect(await seen()).toEqual([true, true]);
    await member(theirs, bob, "viewer");
    expect(await seen()).toEqual([false, false]);
    await db.owner.pool.query("delete from membership where tenant_id = $1", [theirs.tenantId]);
    await db.owner.pool.query("update person set platform_role = 'viewer' where id = $1", [bob]);
    expect(await seen()).toEqual([false, false]);
  });

  it("shows no link that somebody asked for at the sign-in page: nobody here made it", async () => {
    const until = async () => (await listMembers(ours, now)).find(({ personId }) => personId === ann)?.linkUntil;
    const { link } = await makeMemberLink(ours, "admin", { personId: ann }, now);
    await db.owner.pool.query(
      `insert into one_time_link (person_id, kind, token_hash, expires_at, forgotten)
       values ($1, 'reset', '\\x01', $2::timestamptz + interval '2 hours', true)`,
      [ann, now],
    );
    expect(await until()).toEqual(link.expiresAt);
    await db.owner.pool.query("update one_time_link set used_at = now() where person_id = $1 and not forgotten", [ann]);
    expect(await until()).toBeNull();
  });

  it("lets no link that was seen here open another tenant, neither before it is used nor after", async () => {
    const email = `eve${count}@example.com`;
    const token = (path = "") => path.split("/").at(-1) ?? "";
    const used = (path: string | undefined, password: string) =>
      redeemLink(db.web, { token: token(path), name: "", password }, visitor, now);
    const invited = await addMember(ours, "admin", { email, role: "viewer" }, now);
    await used(invited.link?.path, "lighthouse keeper 9");
    await expect(addMember(theirs, "admin", { email, role: "admin" }, now)).rejects.toMatchObject({
      fields: { email: expect.stringContaining("can't be added here") },
    });
    const eve = (await listMembers(ours, now)).find((one) => one.email === email)?.personId ?? "";
    const platform = { db: db.web, personId: null, name: "Provider", role: "admin" } as const;
    await used((await makePersonLink(platform, { personId: eve }, now)).link.path, "harbour pilot 21");
    const kept = await makeMemberLink(ours, "admin", { personId: eve }, now);
    expect(await addMember(theirs, "admin", { email, role: "admin" }, now)).toEqual({ email, link: null });
    await expect(used(kept.link.path, "somebody else's 7")).rejects.toThrow("used already");
  });

  it("makes no more than a handful of links for one person at once", async () => {
    const made = await Promise.allSettled(
      Array.from({ length: 8 }, () => makeMemberLink(ours, "admin", { personId: ann }, now)),
    );
    expect(made.filter((one) => one.status === "fulfilled").length).toBeLessThanOrEqual(6);
    await expect(makeMemberLink(ours, "admin", { personId: ann }, now)).rejects.toThrow("Too many links");
  });

  it("finds nothing of another tenant", async () => {
    expect(await listMembers(theirs, now)).toEqual([]);
    await expect(changeMemberRole(theirs, "admin", { personId: ann, role: "viewer" })).rejects.toThrow("no member");
    await expect(removeMember(theirs, "admin", { personId: ann }, now)).rejects.toThrow("no member");
    await expect(makeMemberLink(theirs, "admin", { personId: ann }, now)).rejects.toThrow("no member");
  });
});
