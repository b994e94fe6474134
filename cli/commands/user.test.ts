// user add on a real database: the last administrators stay, and the audit says what was before.
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseArguments } from "@/cli/arguments";
import { makeTenant } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { userCommand } from "./user";

let db: TestDatabase;
let tenantId: string;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  await db.owner.pool.query("delete from tenant");
  await db.owner.pool.query("delete from person");
  await db.owner.pool.query("delete from platform_audit");
  ({ tenantId } = await makeTenant(db, "contoso"));
});

const shape = {
  usage: "user add",
  words: ["add", "EMAIL"],
  flags: { platform: "value", tenant: "value", role: "value" },
} as const;
const user = (line: string) =>
  userCommand({
    args: parseArguments({ ...shape, words: [...shape.words] }, line.split(" ")),
    env: { MAILFERRY_PASSWORD: "lighthouse keeper 9" } as unknown as NodeJS.ProcessEnv,
    db: async () => db.owner,
    print: () => {},
    say: () => {},
  });
const disable = (email: string) =>
  db.owner.pool.query("update person set disabled_at = now() where email = $1", [email]);

test("lowers neither the last platform administrator nor the last enabled one of a tenant", async () => {
  await user("add ann@example.com --platform admin --tenant contoso --role admin");
  await user("add bob@example.com --platform admin --tenant contoso --role admin");
  await disable("bob@example.com");
  await expect(user("add ann@example.com --platform viewer")).rejects.toThrow("last platform administrator");
  await expect(user("add ann@example.com --tenant contoso --role operator")).rejects.toThrow(
    "ann@example.com is the last administrator here",
  );
  await user("add bob@example.com --platform viewer --tenant contoso --role viewer");
  expect(await db.owner.prisma.person.findMany({ where: { platformRole: "admin" } })).toHaveLength(1);
});

test("writes which role it was before, and nothing where nothing changes", async () => {
  await user("add ann@example.com --platform admin --tenant contoso --role admin");
  await user("add bob@example.com --platform viewer --tenant contoso --role viewer");
  await user("add bob@example.com --platform operator --tenant contoso --role operator");
  await user("add bob@example.com --tenant contoso --role operator");
  const ours = await db.owner.prisma.audit.findMany({
    where: { tenantId, target: "bob@example.com" },
    orderBy: { id: "asc" },
  });
  expect(ours.map(({ action, changes }) => [action, changes])).toEqual([
    ["member.add", { role: { from: null, to: "viewer" } }],
    ["member.role", { role: { from: "viewer", to: "operator" } }],
  ]);
  const platform = await db.owner.prisma.platformAudit.findMany({
    where: { target: "bob@example.com" },
    orderBy: { id: "asc" },
  });
  expect(platform.map(({ action, changes }) => [action, changes])).toEqual([
    ["person.add", { role: { from: null, to: "viewer" }, password: "changed" }],
    ["person.role", { role: { from: "viewer", to: "operator" }, password: "changed" }],
    ["person.password", { password: "changed" }],
  ]);
});
