// Rules in the portal: saved, moved and removed, each with its audit entry, and what is refused.
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantScope } from "@/domain/scope";
import { Conflict } from "@/lib/errors";
import { makeTenant, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { listRules } from "./list";
import { type Rule, type RuleEdit, ruleEdit } from "./schema";
import { moveRule, removeRule, type Saved, saveRule } from "./store-edit";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const tenant = async () => personScope(db, (await makeTenant(db)).tenantId);
const edit = (name: string, more: Partial<RuleEdit> = {}, said: Partial<Rule> = {}): RuleEdit =>
  ruleEdit.parse({
    id: null,
    version: 0,
    place: null,
    rule: { name, when: { subject: `*${name}*` }, then: { hold: true }, continue: false, ...said },
    ...more,
  });
const add = async (scope: TenantScope, ...names: string[]) => {
  for (const name of names) await saveRule(scope, edit(name));
  return listRules(scope);
};
const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);
const names = async (scope: TenantScope) => (await listRules(scope)).map(({ rule }) => rule.name);
const audits = async (scope: TenantScope, action: string) =>
  (await db.owner.prisma.audit.findMany({ where: { tenantId: scope.tenantId, action }, orderBy: { id: "asc" } })).map(
    ({ target, changes }) => [target, changes],
  );

test("a new rule stands last, or where it is wanted; a change keeps its place; one audit entry each", async () => {
  const scope = await tenant();
  const two = await add(scope, "one", "two");
  await saveRule(scope, edit("new", { place: 0, seen: idsOf(two) }));
  expect(await names(scope)).toEqual(["new", "one", "two"]);
  const [, one] = await listRules(scope);
  const changed = edit(
    "first",
    { id: one?.id ?? "", version: 1 },
    { when: { subject: "*one*" }, then: { discard: "no" } },
  );
  expect(await saveRule(scope, changed)).toEqual({ gone: false, id: one?.id, version: 2, place: 1, of: 3 });
  expect(await names(scope)).toEqual(["new", "first", "two"]);
  expect((await listRules(scope))[1]?.updatedBy).toBe(scope.actor.name);
  const saved = await audits(scope, "rule.save");
  expect(saved).toHaveLength(4);
  expect(saved.at(-1)).toEqual([
    "first",
    {
      name: { from: "one", to: "first" },
      rule: {
        from: { when: { subject: "*one*" }, then: { hold: true }, continue: false },
        to: { when: { subject: "*one*" }, then: { discard: "no" }, continue: false },
      },
    },
  ]);
  expect(await audits(scope, "rule.move")).toEqual([]);
  expect(await saveRule(scope, { ...changed, version: 2 })).toMatchObject({ version: 2 });
  expect(await audits(scope, "rule.save")).toHaveLength(4);
});

test("a name stands once", async () => {
  const scope = await tenant();
  const [one, two] = await add(scope, "one", "two");
  const refused = { fields: { "rule.name": expect.stringContaining("“one”") } };
  await expect(saveRule(scope, edit("one"))).rejects.toMatchObject(refused);
  await expect(saveRule(scope, edit("one", { id: two?.id ?? "", version: 1 }))).rejects.toMatchObject(refused);
  await saveRule(scope, edit("one", { id: one?.id ?? "", version: 1 }, { continue: true }));
  expect(await names(scope)).toEqual(["one", "two"]);
});

test("a redirect that would loop is refused at its field, with value and remedy; another's loop is not this rule's", async () => {
  const scope = await tenant();
  const to = (name: string, from: string, target: string) =>
    edit(name, {}, { when: { recipient: from }, then: { redirect: [target] } });
  await saveRule(scope, to("there", "a@contoso.example", "b@contoso.example"));
  await expect(saveRule(scope, to("back", "b@*", "a@contoso.example"))).rejects.toMatchObject({
    fields: {
      "rule.then.redirect": expect.stringMatching(/back → there comes back to b@contoso\.example\. Send it elsewhere/),
    },
  });
  expect(await names(scope)).toEqual(["there"]);
  await db.owner.pool.query(
    `insert into rule (tenant_id, position, name, conditions, outcome)
     values ($1, 9, 'left by a file', '{"recipient": "b@*"}', '{"redirect": ["a@contoso.example"]}')`,
    [scope.tenantId],
  );
  await saveRule(scope, to("innocent", "x@contoso.example", "y@contoso.example"));
  expect(await names(scope)).toEqual(["there", "left by a file", "innocent"]);
});

test("two people: the second is told who and when, and of a rule that is gone", async () => {
  const scope = await tenant();
  const [one] = await add(scope, "one");
  const id = one?.id ?? "";
  const both = await Promise.allSettled(
    ["a", "b"].map((reason) => saveRule(scope, edit("one", { id, version: 1 }, { then: { discard: reason } }))),
  );
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  const conflict = both.find((one) => one.status === "rejected")?.reason;
  expect(conflict).toBeInstanceOf(Conflict);
  expect(conflict.by).toBe(scope.actor.name);
  await expect(removeRule(scope, { id, version: 1 })).rejects.toThrow(/changed “one” meanwhile/);
  await removeRule(scope, { id, version: 2 });
  expect(await saveRule(scope, edit("one", { id, version: 2 }))).toEqual({ gone: true });
  await expect(removeRule(scope, { id, version: 2 })).rejects.toThrow(/not there any more/);
});

test("two at once make one rule of a name", async () => {
  const scope = await tenant();
  const both = await Promise.allSettled([saveRule(scope, edit("x")), saveRule(scope, edit("x"))]);
  expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
  expect(await names(scope)).toEqual(["x"]);
});

test("moved up and down with one audit entry that has the difference; not in a list that changed meanwhile", async () => {
  const scope = await tenant();
  const rows = await add(scope, "one", "two", "three");
  const seen = rows.map(({ id }) => id);
  const id = seen[2] ?? "";
  expect(await moveRule(scope, { id, place: 0, seen })).toEqual({ place: 0 });
  expect(await names(scope)).toEqual(["three", "one", "two"]);
  await expect(moveRule(scope, { id, place: 1, seen })).rejects.toThrow(/changed the list meanwhile/);
  const now = (await listRules(scope)).map((row) => row.id);
  expect(await moveRule(scope, { id, place: 99, seen: now })).toEqual({ place: 2 });
  expect(await audits(scope, "rule.move")).toEqual([
    ["three", { position: { from: 3, to: 1 } }],
    ["three", { position: { from: 1, to: 3 } }],
  ]);
  expect(rows.map(({ version }) => version)).toEqual([1, 1, 1]);
});

test("what was removed can be put back where it stood; the log keeps what it said", async () => {
  const scope = await tenant();
  const rows = await add(scope, "one", "two", "three");
  const removed = await removeRule(scope, { id: rows[1]?.id ?? "", version: 1 });
  expect(removed).toMatchObject({ rule: { name: "two", when: { subject: "*two*" } }, place: 1 });
  expect(await names(scope)).toEqual(["one", "three"]);
  expect(await audits(scope, "rule.remove")).toEqual([
    ["two", { rule: { from: { when: { subject: "*two*" }, then: { hold: true }, continue: false }, to: null } }],
  ]);
  await saveRule(scope, { id: null, version: 0, ...removed });
  expect(await names(scope)).toEqual(["one", "two", "three"]);
});

test("a place in a list that changed meanwhile is refused, for a new rule as for one that is put back", async () => {
  const scope = await tenant();
  const rows = await add(scope, "one", "two", "three");
  const removed = await removeRule(scope, { id: rows[1]?.id ?? "", version: 1 });
  const undo = { id: null, version: 0, ...removed };
  const refused = { fields: { place: expect.stringContaining("Somebody changed the list meanwhile") } };
  await expect(saveRule(scope, edit("new", { place: 1, seen: idsOf(rows) }))).rejects.toMatchObject(refused);
  await expect(saveRule(scope, edit("new", { place: 1 }))).rejects.toMatchObject(refused);
  await moveRule(scope, { id: rows[2]?.id ?? "", place: 0, seen: removed.seen });
  await expect(saveRule(scope, undo)).rejects.toMatchObject(refused);
  expect(await names(scope)).toEqual(["three", "one"]);
  expect(await saveRule(scope, { ...undo, place: null })).toMatchObject({ place: 2, of: 3 });
  expect(await names(scope)).toEqual(["three", "one", "two"]);
});

test("another tenant's id finds nothing", async () => {
  const [ours, theirs] = [await tenant(), await tenant()];
  const [row] = await add(theirs, "theirs");
  const id = row?.id ?? "";
  const gone: Saved = { gone: true };
  expect(await saveRule(ours, edit("theirs", { id, version: 1 }))).toEqual(gone);
  await expect(moveRule(ours, { id, place: 0, seen: [id] })).rejects.toThrow(/Nothing was moved/);
  await expect(removeRule(ours, { id, version: 1 })).rejects.toThrow(/not there any more/);
  expect(await names(theirs)).toEqual(["theirs"]);
});

test("no more than 500", async () => {
  const scope = await tenant();
  await db.owner.pool.query(
    `insert into rule (tenant_id, position, name, conditions, outcome)
     select $1, n, 'r' || n, '{"subject": "*"}', '{"hold": true}' from generate_series(1, 500) n`,
    [scope.tenantId],
  );
  await expect(saveRule(scope, edit("one more"))).rejects.toThrow(/500 rules already/);
});
