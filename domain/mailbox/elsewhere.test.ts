// A mailbox that another tenant collects: asked about before it is saved, on a real Postgres with the portal's own role.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { beginSession } from "@/domain/person/session";
import { newToken } from "@/domain/person/token";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { makeMailbox, makeTenant } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { saveOrAsk, warningsPerHour } from "./elsewhere";
import { type MailboxEdit, mailboxDefaults } from "./schema";
import { listMailboxes } from "./store";

let db: TestDatabase;
let ours: TenantScope;
let theirs: TenantScope;
const token = { admin: "", operator: "", both: "", platform: "", platformAdmin: "" };
let n = 0;

async function person(platformRole: string | null, roles: [TenantScope, string][]): Promise<string> {
  const { rows } = await db.owner.pool.query<{ id: string }>(
    "insert into person (email, platform_role, password_hash) values ($1, $2, 'x') returning id",
    [`${randomUUID()}@provider.example`, platformRole],
  );
  const id = rows[0]?.id ?? "";
  for (const [scope, role] of roles)
    await db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, $3)", [
      scope.tenantId,
      id,
      role,
    ]);
  return beginSession(db.web, id, { address: "192.0.2.1", agent: "" }, new Date());
}

beforeAll(async () => {
  db = await testDatabase();
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("0900000000000000000000000000000000000000000000000000000000000000", "hex"),
  ]);
});
afterAll(() => db.drop());

beforeEach(async () => {
  n += 1;
  const scopeOf = async (slug: string) => {
    const actor = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;
    return mintScope(db.web, (await makeTenant(db, slug, false)).tenantId, actor);
  };
  ours = await scopeOf(`ours-${n}`);
  theirs = await scopeOf(`theirs-${n}`);
  await makeMailbox(db, theirs.tenantId, {
    protocol: "pop3",
    host: `mail-${n}.provider.example`,
    port: 995,
    username: "Info@contoso.example",
  });
  token.admin = await person(null, [[ours, "admin"]]);
  token.operator = await person(null, [[ours, "operator"]]);
  token.both = await person(null, [
    [ours, "admin"],
    [theirs, "viewer"],
  ]);
  token.platformAdmin = await person("admin", []);
  token.platform = await person("viewer", [[ours, "admin"]]);
});

const edit = (change: Partial<MailboxEdit> = {}): MailboxEdit => ({
  ...mailboxDefaults,
  name: "info",
  protocol: "imap",
  host: `mail-${n}.provider.example`,
  port: 993,
  username: "info@contoso.example",
  recipients: { mode: "single", address: "info@contoso.example" },
  password: "x",
  version: 0,
  ...change,
});
const save = (change: Partial<MailboxEdit> = {}, who = token.admin, id: string | null = null) =>
  saveOrAsk(ours, id, edit(change), { token: who, now: new Date() });
const looks = () =>
  db.owner.prisma.audit.findMany({ where: { tenantId: ours.tenantId, action: "mailbox.looked-elsewhere" } });
const warnings = () =>
  db.owner.prisma.audit.findMany({ where: { tenantId: ours.tenantId, action: "mailbox.collected-elsewhere" } });

it("asks before another company's mailbox is added, writes nothing, and does not say whose it is", async () => {
  const said = await save();
  expect(said).toMatchObject({
    saved: false,
    touches: false,
    effect: expect.stringMatching(/^Another company of this/),
  });
  expect(JSON.stringify(said)).not.toContain("theirs");
  expect(await listMailboxes(ours)).toEqual([]);
  expect(await warnings()).toMatchObject([
    { who: "Ada", target: `info@contoso.example at mail-${n}.provider.example` },
  ]);
});

it("names the company to who may enter it: its members and people of the platform", async () => {
  for (const who of [token.both, token.platform, token.platformAdmin])
    expect(await save({}, who)).toMatchObject({ effect: expect.stringContaining(`theirs-${n} collects`) });
});

it.each([
  ["another user name", { username: "sales@contoso.example" }],
  ["another host", { host: "mail.elsewhere.example" }],
  ["another folder", { folder: "Archive" }],
  ["a port of its own", { port: 10_993 }],
] as [string, Partial<MailboxEdit>][])("%s is another mailbox", async (_, change) => {
  expect(await save(change)).toMatchObject({ saved: true });
  expect(await warnings()).toEqual([]);
});

it("asks when a mailbox moves there, and not when it stays where it is", async () => {
  const added = await save({ username: "sales@contoso.example" });
  if (!added.saved) throw new Error(added.effect);
  const moved = await save({ version: 1, password: "y" }, token.admin, added.id);
  expect(moved).toMatchObject({
    saved: false,
    touches: true,
    effect: expect.stringMatching(/already\..*another place/),
  });
  // Where there is something to confirm anyway, a "no" leaves no mailbox behind: it is written down, and counts.
  const elsewhere = await save(
    { username: "nobody@contoso.example", version: 1, password: "y" },
    token.admin,
    added.id,
  );
  expect(elsewhere).toMatchObject({ saved: false, effect: expect.not.stringMatching(/already\./) });
  expect(await looks()).toMatchObject([{ target: expect.stringMatching(/^nobody@contoso\.example at mail-/) }]);
  await db.owner.pool.query("update mailbox set username = 'info@contoso.example' where id = $1", [added.id]);
  expect(await save({ version: 1, pollSeconds: 60, password: undefined }, token.admin, added.id)).toMatchObject({
    saved: true,
  });
});

it("is no answer for who may not edit, for nobody, about a closed company, nor without a save that would be written", async () => {
  for (const who of [token.operator, newToken()]) {
    const said = await save({}, who);
    expect(said).toMatchObject({ saved: true });
    await db.owner.pool.query("delete from mailbox where tenant_id = $1", [ours.tenantId]);
  }
  await save({ name: "taken", username: "taken" });
  await expect(save({ name: "taken" })).rejects.toThrow("Nothing was saved");
  await expect(save({ password: "" })).rejects.toThrow("Nothing was saved");
  expect(await warnings()).toEqual([]);
  await db.owner.pool.query("update tenant set state = 'closed', closed_at = now() where id = $1", [theirs.tenantId]);
  expect(await save()).toMatchObject({ saved: true });
});

it("answers only so often in an hour; after that it asks without having looked", async () => {
  for (let i = 0; i < warningsPerHour; i += 1) expect(await save()).toMatchObject({ saved: false });
  for (const username of ["info@contoso.example", "nobody@contoso.example"])
    expect(await save({ username })).toMatchObject({
      saved: false,
      effect: expect.stringMatching(/was not looked up/),
    });
  expect(await warnings()).toHaveLength(warningsPerHour);
});
