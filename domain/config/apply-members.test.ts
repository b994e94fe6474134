// Members of a file: the last administrators stay, and who gets a one-time link is written down.
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Importer, importerFor } from "@/test/importing";
import { meanwhile } from "@/test/meanwhile";

let db: TestDatabase;
let good: Importer["good"];
let faults: Importer["faults"];

beforeAll(async () => {
  db = await testDatabase();
  ({ good, faults } = await importerFor(db));
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.pool.query("delete from tenant");
  await db.owner.pool.query("delete from person");
  await db.owner.pool.query("delete from platform_audit");
});

const file = (...members: string[]) =>
  `version: 1\ntenants: [{ slug: contoso }]\nmembers:\n${members.map((each) => `  - { ${each} }\n`).join("")}`;
const tenant = (name: string, role: string) => `email: ${name}@example.com, tenant: contoso, role: ${role}`;
const platform = (name: string, role: string) => `email: ${name}@example.com, platform: true, role: ${role}`;
const disable = (name: string) =>
  db.owner.pool.query("update person set disabled_at = now() where email = $1", [`${name}@example.com`]);

it("lowers neither the last enabled administrator of a tenant nor the platform's", async () => {
  for (const [where, words] of [
    [tenant, "ann@example.com is the last administrator here"],
    [platform, "last platform administrator"],
  ] as const) {
    await db.owner.pool.query("delete from person");
    await good(file(where("ann", "admin"), where("bob", "admin")));
    await disable("bob");
    expect(await faults(file(where("ann", "viewer")))).toMatchObject([
      { line: 4, message: expect.stringContaining(words) },
    ]);
    await good(file(where("bob", "viewer")));
  }
});

it("waits for whoever lowers the other administrator at the same moment", async () => {
  await good(file(tenant("ann", "admin"), tenant("bob", "admin"), platform("ann", "admin"), platform("bob", "admin")));
  const lowered = (table: string, column: string, key: string) =>
    meanwhile(
      db,
      async ({ query }) => {
        await query("select 1 from tenant for update");
        await query("select 1 from person order by id for update");
        await query(`update ${table} set ${column} = 'viewer' where ${key} = (
          select id from person where email = 'bob@example.com')`);
      },
      () => faults(file(table === "person" ? platform("ann", "viewer") : tenant("ann", "viewer"))),
    );
  expect((await lowered("membership", "role", "person_id"))[0]?.message).toContain("last administrator here");
  expect((await lowered("person", "platform_role", "id"))[0]?.message).toContain("last platform administrator");
});

it("writes down each one-time link that it makes, and makes none for a disabled person", async () => {
  await good(file(tenant("ann", "admin"), tenant("bob", "viewer")));
  const links = () => db.owner.prisma.platformAudit.findMany({ where: { action: "person.invitation-link" } });
  expect((await links()).map(({ who, target }) => [who, target])).toEqual([
    ["import", "ann@example.com"],
    ["import", "bob@example.com"],
  ]);
  await db.owner.pool.query("delete from one_time_link");
  await disable("bob");
  const again = await good(file(tenant("ann", "admin"), tenant("bob", "viewer")));
  expect(again.invitations.map(({ email }) => email)).toEqual(["ann@example.com"]);
  expect(again.notes.join("\n")).toMatch(/person bob@example.com: is disabled, so there is no one-time link/);
  expect(await links()).toHaveLength(3);
});

it("prints an invitation also while a link works that somebody asked for at the sign-in page, and no second one", async () => {
  const ann = file(tenant("ann", "admin"));
  await good(ann);
  await db.owner.pool.query("update one_time_link set forgotten = true");
  expect((await good(ann)).invitations.map(({ email }) => email)).toEqual(["ann@example.com"]);
  expect((await good(ann)).invitations).toEqual([]);
});
