// Which way each search takes through the database, on a table that is just large enough that it matters: never through all
// mails. Postgres' own words about the statements inside the functions are read (auto_explain).
import { afterAll, beforeAll, expect, test } from "vitest";
import { searchAsk } from "@/domain/message/search-ask";
import { understand } from "@/domain/message/understand";
import { type TestDatabase, testDatabase } from "@/test/database";
import { domain } from "./words";
import { type BenchTenant, connect, loadMails, makeTenants } from "./world";

const now = new Date("2026-11-26T09:00:00Z");
let db: TestDatabase;
let owner: Awaited<ReturnType<typeof connect>>;
let tenants: BenchTenant[];
let plans: string[];

beforeAll(async () => {
  db = await testDatabase();
  owner = await connect(db.urls.owner);
  tenants = await makeTenants(owner, 3, 30_000);
  await loadMails(owner, tenants, 30_000, now, () => {});
  await owner.query("load 'auto_explain'");
  for (const [name, value] of Object.entries({
    log_min_duration: "0",
    log_nested_statements: "on",
    log_level: "notice",
  }))
    await owner.query(`set auto_explain.${name} = '${value}'`);
  owner.on("notice", ({ message = "" }) => plans.push(message));
}, 180_000);
afterAll(async () => {
  await owner?.end();
  await db?.drop();
});

async function plansOf(typed: string, all: boolean): Promise<string> {
  plans = [];
  const ask = JSON.stringify(searchAsk(understand(typed, now, "UTC"), "UTC", 51));
  const ids = tenants.map(({ id }) => id);
  await owner.query("select count(*) from search_mail($1, $2, $3)", all ? [null, ids, ask] : [ids[0], null, ask]);
  return plans.join("\n");
}

// The walk among the newest comes first and ends there for what is frequent.
test.each([
  ["", "mail_search_time", "mail_search_all"],
  ["nobody.at.all@nowhere.example", "mail_search_words", "mail_search_words_all"],
  ["to:nobody invoice", "mail_search_words", "mail_search_words_all"],
  ["<never@seen.example>", "mail_copies", "mail_copies"],
  ["24.11.2026", "mail_search_time", "mail_search_all"],
  ["held", "mail_apart_", "mail_apart_"],
  ["uncertain", "mail_leased", "mail_leased"],
  ["possibly twice xqxqxq", "mail_twice", "mail_twice"],
  [`@${domain(15_000)} badmail`, "mail_apart_", "mail_apart_"],
])("“%s” goes by %s, over all tenants by %s", async (typed, one, all) => {
  for (const [wide, index] of [[false, one] as const, [true, all] as const]) {
    const plan = await plansOf(typed, wide);
    expect(plan).toContain(index);
    expect(plan).not.toMatch(/Seq Scan on (?:public\.)?(?:mail|mail_search|recipient)\b/);
    expect(plan).not.toMatch(/Hash Join|Merge Join|Workers Planned/);
  }
});

test("what is frequent is found among the newest, and no index of words is asked", async () => {
  expect(await plansOf("invoice", false)).not.toContain("mail_search_words");
});
