// The mailboxes' store, and probes of both kinds, on a real Postgres with the portal's own role.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { askProbe, readProbe, stopProbe } from "@/domain/probe/ask";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Conflict, Refusal } from "@/lib/errors";
import { makeTemplate, type TestDatabase, testDatabase } from "@/test/database";
import { type MailboxEdit, type MailboxSettings, mailboxDefaults } from "./schema";
import { listMailboxes, readMailbox } from "./store";
import { effectOfChange } from "./store-effect";
import { removeMailbox } from "./store-remove";
import { collectNow, collectTheseToo, listLeftOut, pauseMailbox, resumeMailbox, startMailbox } from "./store-run";
import { saveMailbox, writeMailbox } from "./store-write";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;
const now = new Date("2026-11-20T10:00:00Z");

const settings: MailboxSettings = {
  ...mailboxDefaults,
  name: "info",
  protocol: "imap",
  host: "imap.provider.example",
  port: 993,
  username: "info@contoso.example",
  recipients: { mode: "single", address: "info@contoso.example" },
};
const edit = (change: Partial<MailboxEdit> = {}): MailboxEdit => ({ ...settings, version: 0, ...change });
const add = async (change: Partial<MailboxEdit> = {}) =>
  (await saveMailbox(ours, null, edit({ password: "x", ...change }), now)).id;

const tenant = async (slug: string): Promise<TenantScope> => {
  const rows = await db.owner.pool.query(
    "insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id",
    [slug],
  );
  const actor = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;
  return mintScope(db.web, rows.rows[0].id, actor);
};
const set = (id: string, sets: string) =>
  db.owner.pool.query(`update mailbox_state set ${sets} where mailbox_id = $1`, [id]);
const state = async (id: string) =>
  (await db.owner.pool.query("select * from mailbox_state where mailbox_id = $1", [id])).rows[0];
const refusal = (work: Promise<unknown>): Promise<Refusal> =>
  work.then(
    () => Promise.reject(new Error("it was not refused")),
    (error: unknown) => (error instanceof Refusal ? error : Promise.reject(error)),
  );

beforeAll(async () => {
  await makeTemplate();
  db = await testDatabase();
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("0900000000000000000000000000000000000000000000000000000000000000", "hex"),
  ]);
}, 60_000);
afterAll(() => db?.drop());

let n = 0;
beforeEach(async () => {
  n += 1;
  ours = await tenant(`ours-${n}`);
  theirs = await tenant(`theirs-${n}`);
});

describe("saving", () => {
  it("makes a mailbox that is due at once, and gives the values back", async () => {
    const id = await add();
    expect(await readMailbox(ours, id)).toMatchObject({ settings, hasPassword: true, state: "active", version: 1 });
    expect((await state(id)).due_at).toEqual(now);
  });

  it("finds nothing by another tenant's id, nor by what is no id", async () => {
    const id = await add();
    expect(await readMailbox(theirs, id)).toBeNull();
    expect(await readMailbox(ours, "' or 1=1")).toBeNull();
    expect(await listMailboxes(theirs)).toEqual([]);
    for (const work of [pauseMailbox, resumeMailbox, startMailbox, collectNow, removeMailbox, collectTheseToo])
      await expect(work(theirs, id)).rejects.toThrow(/not there any more/);
    await expect(saveMailbox(theirs, id, edit({ version: 1 }), now)).rejects.toThrow(/not there any more/);
    expect(await listLeftOut(theirs, id, "skipped")).toEqual([]);
    expect((await readMailbox(ours, id))?.state).toBe("active");
  });

  it("stores `now` as the moment of saving, and a POP3 mailbox without a folder of its own", async () => {
    const id = await add({ start: "now", protocol: "pop3", port: 995, folder: "Elsewhere" });
    expect((await readMailbox(ours, id))?.settings).toMatchObject({ start: now.toISOString(), folder: "INBOX" });
  });

  it("wants a name and a source once in a tenant, and says so at the field", async () => {
    await add();
    expect((await refusal(add({ username: "other" }))).fields?.name).toMatch(/already/);
    expect((await refusal(add({ name: "second" }))).fields?.username).toMatch(/info collects/);
    await saveMailbox(theirs, null, edit({ password: "x" }), now);
  });

  it("tells the second of two people", async () => {
    const id = await add();
    await saveMailbox(ours, id, edit({ version: 1, pollSeconds: 60 }), now);
    await expect(saveMailbox(ours, id, edit({ version: 1, pollSeconds: 90 }), now)).rejects.toBeInstanceOf(Conflict);
  });

  for (const [what, change] of [
    ["host", { host: "evil.example" }],
    ["port", { port: 143 }],
    ["user name", { username: "other" }],
    ["weaker TLS", { tls: "off" }],
    ["certificate", { certificate: "any" }],
  ] as [string, Partial<MailboxEdit>][])
    it(`asks for the stored password again after another ${what}`, async () => {
      const id = await add();
      const no = await refusal(saveMailbox(ours, id, edit({ version: 1, ...change }), now));
      expect(no.fields?.password).toMatch(/give the password again/);
      expect((await saveMailbox(ours, id, edit({ version: 1, ...change, password: "y" }), now)).version).toBe(2);
    });

  it("a new password is tried at once; another source is compared first", async () => {
    const id = await add();
    await set(id, "failures = 3, due_at = now() + interval '1 hour', last_error = 'refused', worked_at = now()");
    await saveMailbox(ours, id, edit({ version: 1, password: "y" }), now);
    expect(await state(id)).toMatchObject({ failures: 0, last_error: null, due_at: now, recheck: false });
    // That one has to work first.
    expect((await readMailbox(ours, id))?.workedAt).toBeNull();
    await saveMailbox(ours, id, edit({ version: 2, folder: "Archive" }), now);
    expect(await state(id)).toMatchObject({ recheck: true });
  });

  it("without a password comes in stopped, and only a person's password or start ends it", async () => {
    const write = (id: string | null, options: { password?: string }) =>
      ours.db.prisma.$transaction(async (tx) => {
        await tx.$executeRaw`select set_config('mailferry.tenant', ${ours.tenantId}, true)`;
        return writeMailbox(tx, ours, id, settings, { by: "import", now, ...options });
      });
    const { id } = await write(null, {});
    expect(await readMailbox(ours, id)).toMatchObject({ state: "stopped", reasonKind: "no-password" });
    await expect(startMailbox(ours, id)).rejects.toThrow(/no password yet/);
    await write(id, { password: "x" });
    expect((await readMailbox(ours, id))?.state).toBe("stopped");
    await saveMailbox(ours, id, edit({ version: 2, password: "y" }), now);
    expect((await readMailbox(ours, id))?.state).toBe("active");
  });
});

describe("running", () => {
  it("pauses, resumes, collects now without forgetting failures, starts what was stopped", async () => {
    const id = await add();
    await pauseMailbox(ours, id);
    expect(await readMailbox(ours, id)).toMatchObject({
      state: "paused",
      settings: { paused: true },
      nextPollAt: null,
    });
    await expect(collectNow(ours, id)).rejects.toThrow(/is paused/);
    await resumeMailbox(ours, id);
    await set(id, "failures = 2, due_at = now() + interval '1 hour'");
    await collectNow(ours, id);
    const due = await state(id);
    expect(due.failures).toBe(2);
    expect(due.due_at.getTime()).toBeLessThan(Date.now() + 1000);
    await set(id, "state = 'stopped', reason = 'too many new mails', reason_kind = 'renumbered', due_at = null");
    await saveMailbox(ours, id, edit({ version: 3, password: "z" }), now);
    expect((await readMailbox(ours, id))?.state).toBe("stopped");
    await startMailbox(ours, id);
    expect(await readMailbox(ours, id)).toMatchObject({ state: "active", reason: null });
  });

  it("lists what start left out, and takes it when asked", async () => {
    const id = await add();
    await db.owner.pool.query(
      `insert into identity (tenant_id, mailbox_id, uid, state, headline, received_at)
       values ($1, $2, '1', 'skipped', 'old', '2020-01-01'), ($1, $2, '2', 'skipped', 'newer', '2021-01-01'),
              ($1, $2, '3', 'bad', 'broken', null)`,
      [ours.tenantId, id],
    );
    expect((await readMailbox(ours, id))?.counts).toEqual({ stored: 0, skipped: 2, bad: 1 });
    const left = await listLeftOut(ours, id, "skipped");
    expect(left.map((mail) => mail.headline)).toEqual(["newer", "old"]);
    expect(await collectTheseToo(ours, id, [left[0]?.id ?? 0])).toBe(1);
    expect(await collectTheseToo(ours, id)).toBe(1);
    expect((await readMailbox(ours, id))?.counts.skipped).toBe(0);
  });

  it("says what an earlier start would collect, and asks for exactly that when it is saved", async () => {
    const id = await add({ start: "2026-11-01" });
    await db.owner.pool.query(
      `insert into identity (tenant_id, mailbox_id, uid, state, received_at)
       values ($1, $2, '1', 'skipped', '2026-10-15'), ($1, $2, '2', 'skipped', '2026-09-15')`,
      [ours.tenantId, id],
    );
    const earlier = { ...settings, start: "2026-10-01" };
    expect(await effectOfChange(ours, id, earlier, now)).toMatch(/^1 mail that .* will be collected/);
    expect(await effectOfChange(theirs, id, earlier, now)).toBeNull();
    expect(await effectOfChange(ours, id, { ...settings, start: "2026-11-01", pollSeconds: 60 }, now)).toBeNull();
    await saveMailbox(ours, id, edit({ start: "2026-10-01", version: 1 }), now);
    expect((await readMailbox(ours, id))?.counts.skipped).toBe(1);
  });

  it("is removed only when none of its mail is open, and comes back with its identities", async () => {
    const id = await add();
    const body = await db.owner.pool.query("insert into body (tenant_id) values ($1) returning id", [ours.tenantId]);
    await db.owner.pool.query(
      "insert into mail (tenant_id, kind, mailbox_id, body_id, size, place) values ($1, 'collected', $2, $3, 1, 'held')",
      [ours.tenantId, id, body.rows[0].id],
    );
    await expect(removeMailbox(ours, id)).rejects.toThrow(/info still has mail here \(1 held\)/);
    await db.owner.pool.query("update mail set place = 'delivered' where tenant_id = $1", [ours.tenantId]);
    await removeMailbox(ours, id);
    expect(await readMailbox(ours, id)).toBeNull();
    const secrets = await db.owner.pool.query("select 1 from secret where tenant_id = $1", [ours.tenantId]);
    expect(secrets.rowCount).toBe(0);
    expect(await add({ name: "again" })).toBe(id);
  });
});

describe("a probe", () => {
  const ask = (id: string | null, change: Partial<MailboxSettings> = {}, password?: string) =>
    ({ kind: "mailbox", mailboxId: id, settings: { ...settings, ...change }, password }) as const;

  it("of saved values is an operator's, of others an admin's; a viewer tests nothing", async () => {
    const id = await add();
    const probe = await askProbe(ours, "operator", ask(id));
    const row = (await db.owner.pool.query("select * from probe where id = $1", [probe])).rows[0];
    expect(row).toMatchObject({ kind: "mailbox", state: "waiting", requested_by: "Ada", subject_id: id });
    expect(row.input.password).toBe("stored");
    await expect(askProbe(ours, "viewer", ask(id))).rejects.toThrow(/look at these settings, but not test/);
    await expect(askProbe(ours, "operator", ask(id, { port: 1 }))).rejects.toThrow(/saved values only/);
    await expect(askProbe(ours, "operator", ask(id, {}, "typed"))).rejects.toThrow(/saved values only/);
    await expect(askProbe(ours, "operator", ask(null))).rejects.toThrow(/saved values only/);
    await expect(askProbe(theirs, "admin", ask(id))).rejects.toThrow(/not there any more/);
  });

  it("uses a stored password only where it was saved for", async () => {
    const id = await add();
    const no = await refusal(askProbe(ours, "admin", ask(id, { host: "evil.example" })));
    expect(no.fields?.password).toMatch(/only where it was saved for/);
    const probe = await askProbe(ours, "admin", ask(id, { host: "evil.example" }, "typed"));
    const row = (await db.owner.pool.query("select input from probe where id = $1", [probe])).rows[0];
    expect(row.input.password).toBe("typed");
    expect(JSON.stringify(row)).not.toContain('"typed-secret"');
    const sealed = await db.owner.pool.query("select 1 from secret where row_id = $1", [probe]);
    expect(sealed.rowCount).toBe(1);
    expect((await refusal(askProbe(ours, "admin", ask(null)))).fields?.password).toBeDefined();
  });

  it("is refused after ten in five minutes, per tenant, and says when", async () => {
    const id = await add();
    for (let i = 0; i < 10; i++) await askProbe(ours, "admin", ask(id));
    await expect(askProbe(ours, "admin", ask(id))).rejects.toThrow(/10 tests in 5 minutes.*possible in \d minutes/);
    await askProbe(theirs, "admin", ask(null, {}, "x"));
    await db.owner.pool.query("update probe set requested_at = now() - interval '5 minutes' where tenant_id = $1", [
      ours.tenantId,
    ]);
    await askProbe(ours, "admin", ask(id));
  });

  it("gives its lines from where the reader is, and stops when asked", async () => {
    const id = await askProbe(ours, "admin", ask(null, {}, "x"));
    await db.worker.pool.query(
      "insert into probe_line (tenant_id, probe_id, n, ms, kind, text) values ($1, $2, 1, 0, 'step', 'a'), ($1, $2, 2, 9, 'ok', 'b')",
      [ours.tenantId, id],
    );
    expect((await readProbe(ours, id, 1))?.lines.map((line) => line.text)).toEqual(["b"]);
    expect(await readProbe(theirs, id)).toBeNull();
    expect(await readProbe(ours, "x")).toBeNull();
    await stopProbe(theirs, id);
    expect((await readProbe(ours, id))?.state).toBe("waiting");
    await stopProbe(ours, id);
    expect((await readProbe(ours, id))?.state).toBe("stopped");
  });
});
