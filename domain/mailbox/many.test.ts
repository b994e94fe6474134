// Many mailboxes at once, on a real Postgres with the portal's own role: what is planned, what may be written, the way back.
import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { channel } from "@/domain/live/changed";
import { newsName } from "@/domain/live/name";
import { beginSession } from "@/domain/person/session";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Conflict, Refusal } from "@/lib/errors";
import { type TestDatabase, testDatabase } from "@/test/database";
import { everyMailbox, mailboxHosts } from "./every";
import { changeEach, changeOne, type ManyWork, planMany } from "./many";
import type { ManyChange, NewSettings } from "./many-schema";
import { type MailboxEdit, mailboxDefaults } from "./schema";
import { readMailbox } from "./store";
import { pauseMailbox } from "./store-run";
import { saveMailbox } from "./store-write";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;
const now = new Date("2026-11-20T10:00:00Z");
const old = "imap.old.example";
const fresh = "imap.new.example";

const edit = (change: Partial<MailboxEdit> = {}): MailboxEdit => ({
  ...mailboxDefaults,
  name: "info",
  protocol: "imap",
  host: old,
  port: 993,
  username: "info@contoso.example",
  recipients: { mode: "single", address: "info@contoso.example" },
  password: "x",
  version: 0,
  ...change,
});
const add = async (change: Partial<MailboxEdit> = {}) => (await saveMailbox(ours, null, edit(change), now)).id;
const settings = (given: NewSettings): ManyChange => ({ do: "settings", settings: given });
const planned = async (id: string, change: ManyChange) => (await planMany(ours, [id], change))[0];
const write = (id: string, change: ManyWork, named = "", version = 1, scope = ours) =>
  changeOne(scope, { id, version }, change, { named, now }).then((written) => written.version);
const writeBack = (id: string, version: number) => write(id, "back", "", version);
const audit = async (id: string) =>
  db.owner.prisma.audit.findMany({ where: { targetId: id }, orderBy: { id: "desc" } });

let tenants = 0;
const tenant = async (): Promise<TenantScope> => {
  tenants += 1;
  const slug = `t-${tenants}`;
  const rows = await db.owner.pool.query(
    "insert into tenant (slug, name, time_zone) values ($1, $2, 'UTC') returning id",
    [slug, `Tenant ${tenants}`],
  );
  const actor = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;
  return mintScope(db.web, rows.rows[0].id, actor);
};

beforeAll(async () => {
  db = await testDatabase();
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("0900000000000000000000000000000000000000000000000000000000000000", "hex"),
  ]);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.pool.query("update tenant set state = 'closed', closed_at = now()");
  ours = await tenant();
  theirs = await tenant();
});

describe("a stored password", () => {
  it("goes along to the host that was named, and the audit entry of its tenant says so", async () => {
    const id = await add();
    const change = settings({ host: fresh, pollSeconds: 600 });
    expect(await planned(id, change)).toMatchObject({
      why: null,
      along: true,
      lines: [
        { field: "host", from: old, to: fresh },
        { field: "pollSeconds", from: 300, to: 600 },
      ],
    });
    expect(await write(id, change, fresh)).toBe(2);
    expect(await readMailbox(ours, id)).toMatchObject({
      settings: { host: fresh, pollSeconds: 600 },
      hasPassword: true,
    });
    expect((await audit(id))[0]).toMatchObject({
      who: "Ada",
      action: "mailbox.change-many",
      changes: { host: { from: old, to: fresh }, password: { from: `for ${old}:993`, to: `for ${fresh}:993` } },
    });
    const { rows } = await db.owner.pool.query("select recheck from mailbox_state where mailbox_id = $1", [id]);
    expect(rows[0].recheck).toBe(true);
  });

  it.each([
    ["to a host that nobody named", { host: fresh }, {}, ""],
    ["to another host than the one that was named", { host: fresh }, {}, "imap.other.example"],
    ["to another port of the same host unless the host is named", { port: 994 }, {}, ""],
    ["in clear text", { host: fresh, tls: "off" }, {}, fresh],
    ["to whoever answers there", { host: fresh, certificate: "any" }, {}, fresh],
    ["where the certificate wasn't verified so far and isn't now", { host: fresh }, { certificate: "any" }, fresh],
  ] as [string, NewSettings, Partial<MailboxEdit>, string][])("stays %s", async (_what, given, there, named) => {
    const id = await add(there);
    const before = await readMailbox(ours, id);
    await expect(write(id, settings(given), named)).rejects.toThrow(Refusal);
    expect(await readMailbox(ours, id)).toEqual(before);
    expect(await audit(id)).toHaveLength(1);
  });

  it("of a form or a file is asked for again as before", async () => {
    const id = await add();
    await expect(saveMailbox(ours, id, edit({ host: fresh, password: "", version: 1 }), now)).rejects.toMatchObject({
      fields: { password: expect.stringContaining("Host changed") },
    });
  });

  it("goes back where it was saved for, whatever the encryption was there", async () => {
    const id = await add({ protocol: "pop3", tls: "off", port: 110 });
    const change = settings({ host: fresh, tls: "implicit" });
    expect(await planned(id, change)).toMatchObject({
      lines: [{ to: fresh }, { from: 110, to: 995 }, { to: "implicit" }],
    });
    await write(id, change, fresh);
    expect(await writeBack(id, 2)).toBe(3);
    expect(await readMailbox(ours, id)).toMatchObject({ settings: { host: old, port: 110, tls: "off" } });
    expect((await audit(id))[0]).toMatchObject({ action: "mailbox.change-back", changes: { host: { to: old } } });
  });

  it("that somebody gave since stays where it was given for", async () => {
    const id = await add();
    await write(id, settings({ host: fresh }), fresh);
    await saveMailbox(ours, id, edit({ host: fresh, password: "for the new one alone", version: 2 }), now);
    for (const version of [2, 3]) await expect(writeBack(id, version)).rejects.toThrow(Conflict);
    expect(await readMailbox(ours, id)).toMatchObject({ settings: { host: fresh }, version: 3 });
  });
});

describe("one of many", () => {
  it("stays as it is when somebody changed it since it was looked at", async () => {
    const id = await add();
    await saveMailbox(ours, id, edit({ pollSeconds: 900, password: "", version: 1 }), now);
    await expect(write(id, settings({ pollSeconds: 60 }))).rejects.toThrow(Conflict);
    await expect(write(id, { do: "pause" })).rejects.toThrow(Conflict);
    expect(await readMailbox(ours, id)).toMatchObject({ settings: { pollSeconds: 900 }, state: "active" });
  });

  it("is paused and started again, each with its audit entry; a stop needs its password first", async () => {
    const id = await add();
    expect(await planned(id, { do: "pause" })).toMatchObject({ lines: [{ from: "collecting", to: "paused" }] });
    expect(await write(id, { do: "pause" })).toBe(2);
    expect(await planned(id, { do: "pause" })).toMatchObject({ lines: [], why: null });
    await expect(write(id, { do: "pause" }, "", 2)).rejects.toThrow("is paused by now");
    expect(await write(id, { do: "start" }, "", 2)).toBe(3);
    expect((await audit(id)).map(({ action }) => action)).toEqual(["mailbox.resume", "mailbox.pause", "mailbox.add"]);
    await db.owner.pool.query("update mailbox_state set state = 'stopped', reason = 'x' where mailbox_id = $1", [id]);
    expect(await write(id, { do: "start" }, "", 3)).toBe(4);
    await db.owner.pool.query("delete from secret where row_id = $1", [id]);
    await pauseMailbox(ours, id);
    expect(await planned(id, { do: "start" })).toMatchObject({ why: expect.stringContaining("no password yet") });
    await expect(write(id, { do: "start" }, "", 5)).rejects.toThrow("no password yet");
    expect(await readMailbox(ours, id)).toMatchObject({ state: "paused", version: 5 });
  });

  it("is named when it can't be changed, and holds up no other", async () => {
    const [first, second] = [await add({ name: "a", username: "a" }), await add({ name: "b", username: "b" })];
    const items = [
      { id: first, version: 7 },
      { id: second, version: 1 },
    ];
    const how = { named: "", now };
    expect(await changeEach(() => ours, items, { do: "pause" }, how)).toEqual({
      done: [{ id: second, version: 2 }],
      failed: [{ id: first, message: "Ada changed it meanwhile. It stays as it is now." }],
      along: 0,
      left: [],
      fault: null,
    });
    expect((await changeEach(() => theirs, items, { do: "pause" }, how)).done).toEqual([]);
    expect(await readMailbox(ours, first)).toMatchObject({ state: "active" });
  });

  it("that meets a fault ends the work, and what is done is told with its way back; only its passwords are counted", async () => {
    const bare = await add({ name: "a", username: "a" });
    await db.owner.pool.query("delete from secret where row_id = $1", [bare]);
    const items = [bare];
    for (const name of ["b", "c", "d"]) items.push(await add({ name, username: name }));
    const broken = new Error("connection lost");
    let entered = 0;
    const enter = () => {
      entered += 1;
      if (entered === 3) throw broken;
      return ours;
    };
    const seen = items.map((id) => ({ id, version: 1, slug: "t" }));
    expect(await changeEach(enter, seen, settings({ host: fresh }), { named: fresh, now })).toEqual({
      done: [
        { id: items[0], version: 2, slug: "t" },
        { id: items[1], version: 2, slug: "t" },
      ],
      failed: [],
      along: 1,
      left: seen.slice(2),
      fault: broken,
    });
    expect(await writeBack(items[1] ?? "", 2)).toBe(3);
  });

  it("is news for the open pages of its tenant, and of no other", async () => {
    const ear = new pg.Client({ connectionString: db.urls.web });
    await ear.connect();
    try {
      const heard: string[] = [];
      ear.on("notification", ({ payload = "" }) => heard.push(...payload.split(" ")));
      await ear.query(`listen ${channel}`);
      const id = await add();
      await changeEach(() => ours, [{ id, version: 1 }], { do: "pause" }, { named: "", now });
      await expect.poll(() => heard).toContain(`${newsName(ours.tenantId)}:b`);
      expect(heard.filter((entry) => entry.startsWith(newsName(theirs.tenantId)))).toEqual([]);
    } finally {
      await ear.end();
    }
  });

  it("keeps out of the way of its twin at the new host", async () => {
    const id = await add();
    await add({ name: "there", host: fresh });
    expect(await planned(id, settings({ host: fresh }))).toMatchObject({
      why: expect.stringContaining("there of the same"),
    });
    await expect(write(id, settings({ host: fresh }), fresh)).rejects.toMatchObject({ fields: { username: /there/ } });
  });

  it("is found by nobody with another tenant's scope", async () => {
    const id = await add();
    expect(await planMany(theirs, [id], { do: "pause" })).toEqual([]);
    for (const change of [{ do: "pause" }, { do: "start" }, settings({ host: fresh })] as const)
      await expect(write(id, change, fresh, 1, theirs)).rejects.toThrow("not there any more");
    await expect(write(id, "back", "", 1, theirs)).rejects.toThrow("not there any more");
    expect(await readMailbox(ours, id)).toMatchObject({ version: 1, state: "active", settings: { host: old } });
  });
});

describe("the list of all tenants", () => {
  const session = async (role: string | null, disabled = false) => {
    const { rows } = await db.owner.pool.query<{ id: string }>(
      "insert into person (email, platform_role, disabled_at) values (gen_random_uuid() || '@x.example', $1, $2) returning id",
      [role, disabled ? now : null],
    );
    return beginSession(db.web, rows[0]?.id ?? "", { address: "192.0.2.1", agent: "" }, new Date());
  };
  const named = async (token: string, filter: Parameters<typeof everyMailbox>[2] = {}) =>
    (await everyMailbox(db.web, token, filter, null, 10)).rows.map(({ name }) => name);

  it("is for people of the platform, finds by each filter, and pages by key", async () => {
    await add({ name: "alpha" });
    const beta = await add({ name: "beta", protocol: "pop3", host: fresh, port: 995, username: "b@Fabrikam.example" });
    await db.owner.pool.query("update mailbox_state set failing_since = now() where mailbox_id = $1", [beta]);
    await saveMailbox(theirs, null, edit({ name: "gamma", paused: true }), now);
    const token = await session("viewer");
    expect(await named(token)).toEqual(["alpha", "beta", "gamma"]);
    expect(await named(token, { host: fresh })).toEqual(["beta"]);
    expect(await named(token, { host: "new" })).toEqual([]);
    expect(await named(token, { protocol: "imap" })).toEqual(["alpha", "gamma"]);
    expect(await named(token, { state: "paused" })).toEqual(["gamma"]);
    expect(await named(token, { state: "failing" })).toEqual(["beta"]);
    expect(await named(token, { state: "collecting" })).toEqual(["alpha"]);
    expect(await named(token, { tenant: `TENANT ${tenants}` })).toEqual(["gamma"]);
    expect(await named(token, { text: "fabrikam" })).toEqual(["beta"]);
    expect(await named(token, { text: "%" })).toEqual([]);
    expect(await mailboxHosts(db.web, token)).toEqual([
      { host: old, mailboxes: 2 },
      { host: fresh, mailboxes: 1 },
    ]);
    const first = await everyMailbox(db.web, token, {}, null, 2);
    expect(first).toMatchObject({ matching: 3, next: { name: "beta" } });
    expect((await everyMailbox(db.web, token, {}, first.next, 2)).rows.map(({ name }) => name)).toEqual(["gamma"]);
  });

  it.each([
    ["without a platform role", null, false],
    ["who is disabled", "admin", true],
  ])("is empty for a person %s", async (_who, role, disabled) => {
    await add();
    const token = await session(role, disabled);
    expect(await named(token)).toEqual([]);
    expect(await mailboxHosts(db.web, token)).toEqual([]);
  });

  it("leaves closed tenants out", async () => {
    await add();
    const token = await session("admin");
    await db.owner.pool.query("update tenant set state = 'closed', closed_at = now()");
    expect(await named(token)).toEqual([]);
  });
});
