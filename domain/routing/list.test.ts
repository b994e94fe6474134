// Rules in their order, for their own tenant only, in plain words.
import { afterAll, beforeAll, expect, it } from "vitest";
import { mintScope } from "@/domain/scope-mint";
import { makeTemplate, type TestDatabase, testDatabase } from "@/test/database";
import { listRules } from "./list";
import { thenInWords, whenInWords } from "./words";

let db: TestDatabase;
beforeAll(async () => {
  await makeTemplate();
  db = await testDatabase();
}, 60_000);
afterAll(() => db?.drop());

const tenant = async (slug: string) => {
  const rows = await db.owner.pool.query(
    "insert into tenant (slug, name, time_zone) values ($1, $1, 'UTC') returning id",
    [slug],
  );
  return mintScope(db.web, rows.rows[0].id, { kind: "command", name: "test" });
};

it("lists the tenant's own rules in their order", async () => {
  const [ours, theirs] = [await tenant("ours"), await tenant("theirs")];
  await db.owner.pool.query(
    `insert into rule (tenant_id, position, name, conditions, outcome) values
     ($1, 2, 'a', '{"sizeOver": 25000000, "sender": "*@partner.example"}', '{"hold": true}'),
     ($1, 1, 'b', '{"recipient": "billing@contoso.example"}', '{"redirect": ["accounting@contoso.example"]}')`,
    [ours.tenantId],
  );
  const rules = await listRules(ours);
  expect(rules.map(({ rule }) => [rule.name, whenInWords(rule.when), thenInWords(rule.then)])).toEqual([
    ["b", ["the recipient is “billing@contoso.example”"], "send it to accounting@contoso.example instead"],
    [
      "a",
      ["the sender matches “*@partner.example”", "the mail is larger than 25 MB"],
      "hold it until a person decides",
    ],
  ]);
  expect(await listRules(theirs)).toEqual([]);
});
