// What a file leaves as it is, and what an import counts as a change: values that nobody names, the order of rules.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { stringify } from "yaml";
import type { Sql } from "@/domain/scope";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Importer, importerFor, sample } from "@/test/importing";
import { meanwhile } from "@/test/meanwhile";
import { exportConfig } from "./export";

let db: TestDatabase;
let good: Importer["good"];

beforeAll(async () => {
  db = await testDatabase();
  ({ good } = await importerFor(db));
});
afterAll(() => db.drop());
beforeEach(() => db.owner.pool.query("delete from tenant"));

it("leaves what the file doesn't name as somebody saves it at the same moment", async () => {
  await good(sample);
  const short = `version: 1
tenants:
- slug: contoso
  name: Contoso
  exchange: { timeoutSeconds: 90 }
  mailboxes: [{ name: info, maxPerPoll: 100 }]
`;
  const saved = async ({ query }: Sql) => {
    await query("update tenant set contact = 'call Ada', version = version + 1");
    await query("update exchange set retry_minutes = 33, version = version + 1");
    await query("update mailbox set poll_seconds = 60, version = version + 1 where name = 'info'");
  };
  await meanwhile(db, saved, () => good(short));
  const { prisma } = db.owner;
  expect(await prisma.tenant.findFirst()).toMatchObject({ name: "Contoso", contact: "call Ada" });
  expect(await prisma.exchange.findFirst()).toMatchObject({ timeoutSeconds: 90, retryMinutes: 33 });
  expect(await prisma.mailbox.findFirst({ where: { name: "info" } })).toMatchObject({
    maxPerPoll: 100,
    pollSeconds: 60,
  });
});

it("takes the user name for an own address only in what is new and doesn't say", async () => {
  const own = async () => (await db.owner.prisma.mailbox.findFirst({ where: { name: "catch-all" } }))?.recipientOwn;
  await good(sample);
  expect(await own()).toEqual([]);
  expect((await good(stringify(await exportConfig(db.owner, {})))).changes).toEqual([]);
  const silent = sample.replace("          own: []\n", "");
  expect((await good(silent)).changes).toEqual([]);
  await db.owner.pool.query("delete from tenant");
  await good(silent);
  expect(await own()).toEqual(["all@contoso.example"]);
  expect((await good(sample)).changes).toHaveLength(1);
  expect(await own()).toEqual([]);
});

it("lists and audits rules that move, and only those", async () => {
  const file = (...names: string[]) =>
    `version: 1\ntenants:\n  - slug: contoso\n    rules:\n${names
      .map((name) => `      - { name: ${name}, when: { subject: "*${name}*" }, then: { hold: true } }\n`)
      .join("")}`;
  const inOrder = async () =>
    (await db.owner.prisma.rule.findMany({ orderBy: { position: "asc" } })).map(({ name }) => name);
  await good(file("one", "two", "three"));
  expect((await good(file("one", "two"))).changes).toEqual([]);
  expect((await good(file("new", "one", "two", "three"))).changes).toEqual(["contoso: rule “new”: new"]);
  expect((await good(file("two", "one"))).changes).toEqual([
    "contoso: rule “two”: position: 3 → 1",
    "contoso: rule “new”: position: 1 → 3",
  ]);
  expect(await inOrder()).toEqual(["two", "one", "new", "three"]);
  const moved = await db.owner.prisma.audit.findMany({ where: { action: "rule.move" }, orderBy: { id: "asc" } });
  expect(moved.map(({ target, changes }) => [target, changes])).toEqual([
    ["two", { position: { from: 3, to: 1 } }],
    ["new", { position: { from: 1, to: 3 } }],
  ]);
  expect((await good(file("two", "one", "three"), { prune: true })).changes).toEqual(["contoso: rule “new”: removed"]);
});
