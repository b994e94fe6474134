import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { decide } from "@/domain/message/decide";
import { makeMailbox, makeTenant, personScope, type World, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { receiveMail } from "@/test/received";
import { routeBatch, tenantsToRoute } from "./store";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const receive = (world: World, mailboxId: string, lines: string[], more: Record<string, unknown> = {}) =>
  receiveMail(db, world, mailboxId, lines, more);

const mailOf = async (id: string) => (await db.owner.pool.query("select * from mail where id = $1", [id])).rows[0];
const recipientsOf = async (id: string) =>
  (
    await db.owner.pool.query(
      "select address, place, merged_into, via from recipient where mail_id = $1 order by address",
      [id],
    )
  ).rows;
const eventsOf = async (id: string) =>
  (await db.owner.pool.query("select kind from mail_event where mail_id = $1 order by id", [id])).rows.map(
    (row) => row.kind,
  );
const addRule = (world: World, when: object, outcome: object) =>
  db.owner.pool.query(
    "insert into rule (tenant_id, position, name, conditions, outcome) values ($1, (select count(*) from rule), 'r' || gen_random_uuid(), $2, $3)",
    [world.tenantId, JSON.stringify(when), JSON.stringify(outcome)],
  );
async function tenantWithMailbox(columns: Record<string, unknown> = {}, exchange = true) {
  const world = await makeTenant(db, undefined, exchange);
  return { world, mailbox: await makeMailbox(db, world.tenantId, columns), scope: workerScope(db, world.tenantId) };
}
const catchAll = {
  recipient_mode: "headers",
  recipient_headers: ["Delivered-To", "To"],
  recipient_domains: ["contoso.example"],
};

test("a routed mail is ready, and its lane is due", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox({ reroute_unknown_to: "post@contoso.example" });
  const id = await receive(world, mailbox, ["Subject: x"]);
  expect(await tenantsToRoute(db.worker, ["main"])).toContain(world.tenantId);
  expect(await routeBatch(scope)).toBe(1);
  expect(await mailOf(id)).toMatchObject({
    state: "ready",
    place: "waiting",
    exchange_id: world.exchangeId,
    reroute_to: "post@contoso.example",
    clock_start: null,
  });
  expect(await recipientsOf(id)).toMatchObject([{ address: "info@contoso.example", place: "waiting" }]);
  const lane = await db.owner.pool.query("select due_at <= now() as due from lane where tenant_id = $1", [
    world.tenantId,
  ]);
  expect(lane.rows[0].due).toBe(true);
});

test("the same message for the same recipient is merged; another recipient's copy is not", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox(catchAll);
  const first = await receive(world, mailbox, ["Delivered-To: a@contoso.example"]);
  const second = await receive(world, mailbox, ["Delivered-To: A@contoso.example", "Delivered-To: b@contoso.example"]);
  const third = await receive(world, mailbox, ["Delivered-To: a@contoso.example"]);
  await routeBatch(scope);
  expect((await recipientsOf(second)).map((one) => [one.place, one.merged_into]).sort()).toEqual(
    [
      ["merged", first],
      ["waiting", null],
    ].sort(),
  );
  expect(await mailOf(third)).toMatchObject({ place: "merged", state: "settled" });
  expect(await eventsOf(first)).toContain("merged");
});

test.each<[string, Record<string, unknown>]>([
  ["a Message-ID of ours", { own_message_id: true }],
  ["another content", { content_hash: createHash("sha256").update("other").digest() }],
  ["another Message-ID", { message_id: "<2@out.example>" }],
])("%s is not merged", async (_name, more) => {
  const { world, mailbox, scope } = await tenantWithMailbox();
  await receive(world, mailbox, ["Subject: x"], more.own_message_id ? more : {});
  const second = await receive(world, mailbox, ["Subject: x"], more);
  await routeBatch(scope);
  expect(await mailOf(second)).toMatchObject({ place: "waiting" });
});

test("a copy is merged into one that was delivered already, and the first one's journey shows it", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox();
  const first = await receive(world, mailbox, ["Subject: x"]);
  await routeBatch(scope);
  await db.owner.pool.query("update recipient set place = 'delivered' where mail_id = $1", [first]);
  const second = await receive(world, mailbox, ["Subject: x"]);
  await routeBatch(scope);
  expect(await mailOf(second)).toMatchObject({ place: "merged" });
  const { rows } = await db.owner.pool.query(
    "select text, facts from mail_event where mail_id = $1 and kind = 'merged'",
    [first],
  );
  expect(rows).toEqual([
    {
      text: "Another copy of this message for info@contoso.example came and was merged.",
      facts: { address: "info@contoso.example", into: first, copy: second },
    },
  ]);
});

test("addresses of other domains beside ours are left out, and the journey says so", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox(catchAll);
  const id = await receive(world, mailbox, ["To: a@contoso.example, x@other.example", "Cc: y@third.example"]);
  await routeBatch(scope);
  expect(await recipientsOf(id)).toMatchObject([{ address: "a@contoso.example", place: "waiting" }]);
  const { rows } = await db.owner.pool.query("select text from mail_event where mail_id = $1 and kind = 'left-out'", [
    id,
  ]);
  expect(rows).toEqual([{ text: "Left out, not of your domains: x@other.example, y@third.example." }]);
});

test("more addresses of ours than a mail goes to unasked: each is held, told once, and goes when a person says so", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox(catchAll);
  const lines = Array.from({ length: 201 }, (_, n) => `Cc: a${n}@contoso.example`);
  const id = await receive(world, mailbox, lines);
  await routeBatch(scope);
  expect((await recipientsOf(id)).filter(({ place }) => place === "held")).toHaveLength(201);
  expect(await mailOf(id)).toMatchObject({ place: "held" });
  const notices = await db.owner.pool.query("select kind, cause from notice where mail_id = $1", [id]);
  expect(notices.rows).toEqual([{ kind: "held", cause: "too-many-recipients" }]);
  await decide(personScope(db, world.tenantId), { ids: [id] }, { do: "send-again" });
  expect((await recipientsOf(id)).filter(({ place }) => place === "waiting")).toHaveLength(201);
});

test("mail for nobody goes to the mailbox's own address for it, where one is set", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox({ ...catchAll, recipient_nobody: "post@contoso.example" });
  const id = await receive(world, mailbox, ["To: x@elsewhere.example"]);
  await routeBatch(scope);
  expect(await recipientsOf(id)).toMatchObject([{ address: "post@contoso.example", place: "waiting", via: "nobody" }]);
});

test("not merged into one that failed, nor after seven days, nor into another tenant's", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox();
  const failed = await receive(world, mailbox, ["Subject: x"]);
  const other = await tenantWithMailbox();
  await receive(other.world, other.mailbox, ["Subject: x"]);
  await routeBatch(scope);
  await routeBatch(other.scope);
  await db.owner.pool.query("update recipient set place = 'badmail' where mail_id = $1", [failed]);
  const second = await receive(world, mailbox, ["Subject: x"]);
  await routeBatch(scope);
  expect(await mailOf(second)).toMatchObject({ place: "waiting" });
  await db.owner.pool.query("update mail set collected_at = now() - interval '8 days' where tenant_id = $1", [
    world.tenantId,
  ]);
  const third = await receive(world, mailbox, ["Subject: x"]);
  await routeBatch(scope);
  expect(await mailOf(third)).toMatchObject({ place: "waiting" });
});

test("mail for nobody is held, with a notice", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox(catchAll);
  const id = await receive(world, mailbox, ["To: x@elsewhere.example"]);
  await routeBatch(scope);
  expect(await mailOf(id)).toMatchObject({ place: "held", state: "settled", reason_kind: "nobody" });
  const notices = await db.owner.pool.query("select kind, cause from notice where mail_id = $1", [id]);
  expect(notices.rows).toEqual([{ kind: "held", cause: "nobody" }]);
});

test("rules: discarded, held, and a copy that is a mail of its own and not counted", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox(catchAll);
  await addRule(world, { recipient: "a@*" }, { discard: "not wanted" });
  await addRule(world, { recipient: "b@*" }, { hold: true });
  await addRule(world, { recipient: "c@*" }, { copyTo: ["archive@contoso.example"] });
  const a = await receive(world, mailbox, ["Delivered-To: a@contoso.example"]);
  const b = await receive(world, mailbox, ["Delivered-To: b@contoso.example"]);
  const c = await receive(world, mailbox, ["Delivered-To: c@contoso.example"]);
  await routeBatch(scope);
  expect(await mailOf(a)).toMatchObject({ place: "discarded", state: "settled" });
  expect(await mailOf(b)).toMatchObject({ place: "held", state: "settled" });
  expect(await mailOf(c)).toMatchObject({ place: "waiting", state: "ready" });
  const copies = await db.owner.pool.query("select id, kind, state, body_id from mail where origin_mail_id = $1", [c]);
  expect(copies.rows).toMatchObject([{ kind: "copy", state: "ready", body_id: (await mailOf(c)).body_id }]);
  expect(await recipientsOf(copies.rows[0].id)).toMatchObject([
    { address: "archive@contoso.example", place: "waiting" },
  ]);
});

test("a copy of a mail that may be delivered twice may be so too, and says why", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox(catchAll);
  await addRule(world, { recipient: "c@*" }, { copyTo: ["archive@contoso.example"] });
  const c = await receive(world, mailbox, ["Delivered-To: c@contoso.example"], { possible_copies: 1 });
  await db.owner.pool.query(
    "insert into mail_event (tenant_id, mail_id, kind, text) values ($1, $2, 'collected-again', 'After a restore.')",
    [world.tenantId, c],
  );
  await routeBatch(scope);
  const { rows } = await db.owner.pool.query(
    "select id, possible_copies from mail where tenant_id = $1 and origin_mail_id = $2",
    [world.tenantId, c],
  );
  expect(rows).toMatchObject([{ possible_copies: 1 }]);
  expect(await eventsOf(rows[0].id)).toEqual(["routed", "collected-again"]);
});

test("without an Exchange server mail waits unrouted until there is one", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox({}, false);
  const id = await receive(world, mailbox, ["Subject: x"]);
  expect(await tenantsToRoute(db.worker, ["main"])).not.toContain(world.tenantId);
  expect(await routeBatch(scope)).toBe(0);
  expect(await mailOf(id)).toMatchObject({ state: "received", place: "waiting" });
});

test("two routers at once: each mail is routed once, and copies see each other", async () => {
  const { world, mailbox, scope } = await tenantWithMailbox();
  for (let n = 0; n < 6; n += 1) await receive(world, mailbox, ["Subject: x"]);
  await Promise.all(Array.from({ length: 4 }, () => routeBatch(scope, 2)));
  const { rows } = await db.owner.pool.query(
    "select place, count(*)::int as n from recipient where tenant_id = $1 group by place order by place",
    [world.tenantId],
  );
  expect(rows).toEqual([
    { place: "merged", n: 5 },
    { place: "waiting", n: 1 },
  ]);
});
