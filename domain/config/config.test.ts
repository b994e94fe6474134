// Import and export against a real database: idempotent, all or nothing, faults with their line.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { pauseQueue } from "@/domain/queue/run";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Importer, importedAt, importerFor, sample } from "@/test/importing";
import { exportConfig } from "./export";

let db: TestDatabase;
let keys: Importer["keys"];
let good: Importer["good"];
let faults: Importer["faults"];
let serve: Importer["serve"];
const now = importedAt;

beforeAll(async () => {
  db = await testDatabase();
  ({ keys, good, faults, serve } = await importerFor(db));
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.pool.query("delete from tenant");
  await db.owner.pool.query("delete from person");
});

describe("import", () => {
  it("brings in the sample, and a second time changes nothing", async () => {
    const first = await good(sample);
    expect(first.changes).toContain("contoso: mailbox catch-all: new");
    expect(first.invitations.map(({ email }) => email)).toEqual(["admin@contoso.example"]);
    expect((await good(sample, { now: new Date(now.getTime() + 60_000) })).changes).toEqual([]);
  });

  it("lets nobody in elsewhere by a link or password that an administrator of another company saw", async () => {
    const first = await good(sample);
    await db.owner.pool.query("update one_time_link set seen_in = (select id from tenant limit 1)");
    const role = "  - email: admin@contoso.example\n    platform: true\n    role: viewer\n";
    const again = await good(`${sample.trimEnd()}\n${role}`);
    expect(again.invitations.map(({ email }) => email)).toEqual(["admin@contoso.example"]);
    expect(again.invitations).not.toEqual(first.invitations);
    await db.owner.pool.query(
      "update person set platform_role = null, password_hash = 'x', password_seen_in = (select id from tenant limit 1)",
    );
    expect(await faults(`${sample.trimEnd()}\n${role}`)).toMatchObject([
      { field: expect.stringContaining("email"), message: expect.stringContaining("administrator saw too") },
    ]);
  });

  it("changes nothing when its own export is imported, with and without secrets", async () => {
    await good(sample.replace("start: all", "start: now"));
    for (const options of [{}, { keys }]) {
      const text = stringify(await exportConfig(db.owner, options));
      expect((await good(text)).changes).toEqual([]);
    }
    const secret = stringify(await exportConfig(db.owner, { keys }));
    expect(secret).toContain("imap secret");
    expect(stringify(await exportConfig(db.owner, {}))).not.toContain("secret");
  });

  it("names the line and the field of each fault, and changes nothing", async () => {
    const broken = sample
      .replace("port: 995", "port: 99500")
      .replace("mode: single", "mode: singel")
      .replace("contact:", "contakt:");
    const found = await faults(broken);
    const lineOf = (text: string) => broken.split("\n").findIndex((line) => line.includes(text)) + 1;
    expect(found.map(({ line }) => line).sort((a, b) => a - b)).toEqual([
      lineOf("contakt:"),
      lineOf("99500"),
      lineOf("singel"),
    ]);
    expect(await db.owner.prisma.tenant.count()).toBe(0);
  });

  it("takes everything back when one tenant of two is at fault", async () => {
    const second =
      "  - slug: other\n    exchange: { host: 10.0.0.1, postmaster: p@other.example, username: scan, certificateName: mail.other.example }\nmembers:";
    const found = await faults(sample.replace("members:", second));
    expect(found[0]?.message).toMatch(/password/i);
    expect(await db.owner.prisma.tenant.count()).toBe(0);
  });

  it("leaves keys that the file lacks as they are, and defaults only what is new", async () => {
    await good(sample);
    const short = "version: 1\ntenants:\n  - slug: contoso\n    exchange: { host: 192.168.1.15, timeoutSeconds: 90 }\n";
    const report = await good(short);
    expect(report.changes).toEqual(["contoso: exchange: timeoutSeconds: 60 → 90"]);
    expect(report.notes.filter((note) => note.includes("not in the file"))).toHaveLength(3);
    expect(await db.owner.prisma.mailbox.count()).toBe(2);
  });

  it("lists with --check what it would do and does nothing", async () => {
    const report = await good(sample, { check: true });
    expect(report.changes.length).toBeGreaterThan(3);
    expect(await db.owner.prisma.tenant.count()).toBe(0);
  });

  it("lists with --check what a person did to the queue since the last import", async () => {
    await good(sample);
    const { id } = await db.owner.prisma.tenant.findFirstOrThrow();
    await db.owner.pool.query("update tenant set imported_at = now() - interval '1 second'");
    await pauseQueue(mintScope(db.owner, id, { kind: "person", personId: randomUUID(), name: "Olaf" }), "update");
    const { notes } = await good(sample, { check: true });
    expect(notes.join("\n")).toMatch(
      /changed in the portal since the last import: queue.pause 192.168.1.15 .* by Olaf/,
    );
  });

  it("removes with --prune, but never a mailbox whose mail waits, and its identities outlive it", async () => {
    await good(sample);
    const box = await db.owner.prisma.mailbox.findFirstOrThrow({ where: { name: "info" } });
    const tenantId = box.tenantId;
    await db.owner.prisma.identity.create({ data: { tenantId, mailboxId: box.id, uid: "u1", state: "stored" } });
    const body = await db.owner.prisma.body.create({ data: { tenantId } });
    const mail = await db.owner.prisma.mail.create({
      data: { tenantId, mailboxId: box.id, bodyId: body.id, kind: "collected", size: 1n },
    });
    const silent = "version: 1\ntenants:\n  - slug: contoso\n";
    const kept = await good(silent, { prune: true });
    expect(kept.changes).toEqual([]);
    expect(kept.notes).toContain("contoso: mailbox info: not in the file, left as it is");
    const short = `${silent}    mailboxes: []\n    rules: []\n`;
    expect((await faults(short, { prune: true }))[0]?.message).toMatch(/info still has mail here \(1 waiting\)/);
    await db.owner.prisma.mail.delete({ where: { tenantId_id: { tenantId, id: mail.id } } });
    const report = await good(short, { prune: true });
    expect(report.changes).toContain("contoso: mailbox info: removed");
    expect(report.changes).toContain("contoso: rule “invoices go to accounting”: removed");
    await good(sample);
    const again = await db.owner.prisma.mailbox.findFirstOrThrow({ where: { name: "info" } });
    expect(again.id).toBe(box.id);
    expect(await db.owner.prisma.identity.count({ where: { mailboxId: again.id } })).toBe(1);
  });

  it("takes a new name with the source of a mailbox that the file lacks as that mailbox, renamed", async () => {
    await good(sample);
    const report = await good(sample.replace("name: info", "name: information"));
    expect(report.changes).toEqual(["contoso: mailbox info: name: info → information"]);
    expect(await db.owner.prisma.mailbox.count()).toBe(2);
  });

  it("asks for the password again when the file sends it elsewhere", async () => {
    await good(sample);
    const moved = sample
      .replace("host: pop.provider.example", "host: pop.elsewhere.example")
      .replace("password: secret", "");
    expect((await faults(moved))[0]?.message).toMatch(/give the password again/);
  });

  it("refuses an Exchange password without a user name, at its line", async () => {
    const alone = sample.replace('password: ""', "password: lonely");
    const line = alone.split("\n").findIndex((text) => text.includes("lonely")) + 1;
    expect(await faults(alone)).toMatchObject([{ line, message: expect.stringContaining("needs its user name") }]);
  });

  it("asks for all passwords again when the tenant goes to another site", async () => {
    await serve(["main", "north"]);
    await good(sample);
    const north = sample.replace("site: main", "site: north");
    const bare = north.replace("password: secret", "").replace("passwordEnv: CONTOSO_IMAP", "");
    expect((await faults(bare)).map(({ field }) => field)).toEqual([
      "tenants[contoso].mailboxes[info].password",
      "tenants[contoso].mailboxes[catch-all].password",
    ]);
    expect((await good(north)).changes).toContain("contoso: mailbox info: password: changed");
  });

  it("brings a new mailbox without a password in stopped, and never starts a stopped one", async () => {
    const report = await good(sample.replace("password: secret", ""));
    expect(report.notes.join("\n")).toMatch(/info: comes in stopped/);
    const state = () =>
      db.owner.pool.query(
        "select state from mailbox_state s join mailbox m on m.id = s.mailbox_id where m.name = 'info'",
      );
    expect((await state()).rows).toEqual([{ state: "stopped" }]);
    await good(sample);
    expect((await state()).rows).toEqual([{ state: "stopped" }]);
  });

  it("counts every password as changed without the private key", async () => {
    await good(sample);
    const report = await good(sample, { keys: null });
    expect(report.changes).toEqual([
      "contoso: mailbox info: password: changed",
      "contoso: mailbox catch-all: password: changed",
    ]);
  });

  it("refuses rules that redirect in a circle", async () => {
    const circle = `version: 1
tenants:
  - slug: contoso
    rules:
      - name: one
        when: { recipient: a@contoso.example }
        then: { redirect: [b@contoso.example] }
      - name: two
        when: { recipient: b@contoso.example }
        then: { redirect: [a@contoso.example] }
`;
    expect((await faults(circle))[0]?.message).toMatch(/would loop/);
  });

  it("keeps the last administrator", async () => {
    await good(sample);
    expect((await faults(sample.replace("role: admin", "role: viewer")))[0]?.message).toMatch(/last administrator/);
  });
});
