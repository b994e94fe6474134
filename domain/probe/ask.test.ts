// Who may have an Exchange server tested, with which values and whose password, how often, and what is written down.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import { saveExchange } from "@/domain/exchange/store-write";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { Refusal } from "@/lib/errors";
import { type TestDatabase, testDatabase } from "@/test/database";
import { askProbe } from "./ask";

let db: TestDatabase;
let ours: TenantScope;
const person = { kind: "person", personId: "00000000-0000-4000-8000-000000000001", name: "Ada" } as const;
const settings: ExchangeSettings = {
  ...exchangeDefaults,
  host: "192.168.1.15",
  certificateName: "mail.contoso.example",
  tls: "require",
  certificate: "system",
  username: "scan",
  postmaster: "postmaster@contoso.example",
};
const ask = (change: Partial<ExchangeSettings> = {}, password?: string) =>
  ({ kind: "exchange", settings: { ...settings, ...change }, password }) as const;
const rowOf = async (id: string) => (await db.owner.pool.query("select * from probe where id = $1", [id])).rows[0];

beforeAll(async () => {
  db = await testDatabase();
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ('k', 'main', $1)", [
    Buffer.from("0900000000000000000000000000000000000000000000000000000000000000", "hex"),
  ]);
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.prisma.tenant.deleteMany();
  const { id } = await db.owner.prisma.tenant.create({ data: { slug: "ours", name: "Ours", timeZone: "UTC" } });
  ours = mintScope(db.web, id, person);
  await saveExchange(ours, { ...settings, version: 0, password: "s3cret" });
});

it("an operator tests what is saved, an admin anything, a viewer nothing", async () => {
  expect((await rowOf(await askProbe(ours, "operator", ask()))).input.password).toBe("stored");
  await expect(askProbe(ours, "operator", ask({ timeoutSeconds: 61 }))).rejects.toThrow(/saved values only/);
  await expect(askProbe(ours, "operator", ask({}, "typed"))).rejects.toThrow(/saved values only/);
  await expect(askProbe(ours, "viewer", ask())).rejects.toThrow(/look at these settings, but not test/);
  // Unsaved values, with the stored password where it was saved for.
  expect((await rowOf(await askProbe(ours, "admin", ask({ timeoutSeconds: 61 })))).input).toMatchObject({
    password: "stored",
    settings: { timeoutSeconds: 61 },
  });
});

it.each<[string, Partial<ExchangeSettings>]>([
  ["host", { host: "evil.example" }],
  ["port", { port: 587 }],
  ["user name", { username: "other" }],
  ["encryption to a weaker one", { tls: "allow" }],
  ["certificate rule", { certificate: `sha256:${"a".repeat(64)}` }],
  ["name on the certificate", { certificateName: "evil.example" }],
])("a changed %s: not with the stored password", async (_, change) => {
  const no = await askProbe(ours, "admin", ask(change)).catch((error: unknown) => error);
  expect(no).toBeInstanceOf(Refusal);
  expect(no instanceof Refusal && no.fields?.password).toMatch(/only where it was saved for/);
  const row = await rowOf(await askProbe(ours, "admin", ask(change, "typed-s3cret")));
  expect(row.input.password).toBe("typed");
  expect(JSON.stringify(row)).not.toContain("typed-s3cret");
});

it("of notices goes to all who are told, under its own name in the audit log and counted with the others", async () => {
  const id = await askProbe(ours, "operator", { ...ask(), receivers: true });
  expect((await rowOf(id)).input).toMatchObject({ receivers: true, password: "stored" });
  await expect(askProbe(ours, "viewer", { ...ask(), receivers: true })).rejects.toThrow(/but not test/);
  const noted = await db.owner.prisma.audit.findMany({ where: { action: "notice.test" } });
  expect(noted).toMatchObject([{ who: "Ada", target: "192.168.1.15" }]);
  for (let n = 1; n < 10; n += 1) await askProbe(ours, "admin", ask());
  await expect(askProbe(ours, "operator", { ...ask(), receivers: true })).rejects.toThrow(/10 tests in 5 minutes/);
});

it("each is in the audit log; ten in five minutes are the most, refused before anything is dialled", async () => {
  for (let n = 0; n < 10; n += 1) await askProbe(ours, "admin", ask());
  await expect(askProbe(ours, "admin", ask())).rejects.toThrow(/10 tests in 5 minutes/);
  const audit = await db.owner.prisma.audit.findMany({ where: { tenantId: ours.tenantId, action: "exchange.test" } });
  expect(audit).toHaveLength(10);
  expect(audit[0]).toMatchObject({ who: "Ada", target: "192.168.1.15" });
});
