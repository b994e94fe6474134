// Decisions on a real database with the portal's own role: mixed recipients, groups, and the sum after each.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { holds, sumOf } from "@/domain/ledger/sum";
import { sqlTransaction, type TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { storeBody } from "./body";
import { groupKey, groupOf } from "./cause";
import { countTarget, decide } from "./decide";
import { fateOf } from "./fate";
import { groupMails, mailGroups, stuckCounts } from "./groups";
import { readJourney } from "./journey";
import { settlePlace } from "./place";
import { searchMails } from "./search";
import { searchWords } from "./search-words";

let db: TestDatabase;
let world: World;
let ours: TenantScope;
let theirs: TenantScope;
const actor = { kind: "person", personId: randomUUID(), name: "Anna" } as const;

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  world = await makeTenant(db);
  ours = mintScope(db.web, world.tenantId, actor);
  theirs = mintScope(db.web, (await makeTenant(db)).tenantId, actor);
});
afterAll(() => db.drop());

type To = [address: string, place: string, reasonKind?: string];

/** A collected mail; without recipients it is held as a whole. */
function add(to: To[], mail: { state?: string; subject?: string; reasonKind?: string; messageId?: string } = {}) {
  return sqlTransaction(
    db.worker.pool,
    async (sql) => {
      const body = await storeBody(sql, world.tenantId, Buffer.from("Subject: x\r\n\r\nhello\r\n"));
      const id = randomUUID();
      await sql.query(
        `insert into mail (tenant_id, id, kind, exchange_id, body_id, size, subject, sender, message_id, place, state,
           reason_kind, attempts, clock_start)
         values ($1, $2, 'collected', $3, $4, 21, $5, 'out@side.example', $6, 'held', 'settled', $7, 3, 5)`,
        [world.tenantId, id, world.exchangeId, body, mail.subject ?? "x", mail.messageId ?? "", mail.reasonKind],
      );
      for (const [address, place, kind] of to)
        await sql.query(
          "insert into recipient (tenant_id, mail_id, address, place, reason_kind) values ($1, $2, $3, $4, $5)",
          [world.tenantId, id, address, place, kind],
        );
      await settlePlace(sql, world.tenantId, id);
      if (mail.state)
        await sql.query("update mail set state = $3 where tenant_id = $1 and id = $2", [
          world.tenantId,
          id,
          mail.state,
        ]);
      await sql.query("update ledger set collected = collected + 1 where tenant_id = $1", [world.tenantId]);
      return id;
    },
    world.tenantId,
  );
}
const mailOf = (id: string) => db.owner.prisma.mail.findFirstOrThrow({ where: { tenantId: world.tenantId, id } });
const recipientsOf = async (id: string) => {
  const rows = await db.owner.prisma.recipient.findMany({ where: { mailId: id }, orderBy: { address: "asc" } });
  return rows.map((row) => [row.address, row.place]);
};
const sumHolds = async () => expect(holds(await sumOf(ours))).toBe(true);

test("sends again only what BADMAIL holds, at once and with a fresh give-up clock", async () => {
  const id = await add([
    ["a@x.example", "delivered"],
    ["b@x.example", "badmail", "spam"],
  ]);
  expect(await decide(ours, { ids: [id] }, { do: "send-again" })).toEqual({
    done: [id],
    failed: [],
    left: 0,
    next: null,
  });
  expect(await recipientsOf(id)).toEqual([
    ["a@x.example", "delivered"],
    ["b@x.example", "waiting"],
  ]);
  expect(await mailOf(id)).toMatchObject({ place: "waiting", state: "ready", attempts: 3, clockStart: null });
  const { events } = (await readJourney(ours, id)) ?? { events: [] };
  expect(events.at(-1)).toMatchObject({ kind: "send-again", who: "Anna" });
  expect(await db.owner.prisma.audit.count({ where: { tenantId: world.tenantId, action: "badmail.send-again" } })).toBe(
    1,
  );
  await sumHolds();
});

test("sends to another address: the old one is kept, and no part of it counts as deleted", async () => {
  const id = await add([
    ["a@x.example", "badmail", "spam"],
    ["b@x.example", "badmail", "spam"],
  ]);
  await decide(ours, { ids: [id] }, { do: "send-to", addresses: ["c@x.example", "C@x.example"], foreign: true });
  const rows = await db.owner.prisma.recipient.findMany({ where: { mailId: id } });
  expect(rows.map((row) => row.place).sort()).toEqual(["merged", "waiting"]);
  expect(rows.find((row) => row.place === "waiting")).toMatchObject({ address: "c@x.example", decidedBy: "Anna" });
  expect(rows.find((row) => row.place === "waiting")?.original).toMatch(/^[ab]@x\.example$/);
  await sumHolds();
});

test("a mail held before it had recipients needs an address, and goes there", async () => {
  const id = await add([], { reasonKind: "nobody" });
  const refused = await decide(ours, { ids: [id] }, { do: "send-again" });
  expect(refused.failed[0]?.message).toMatch(/no recipient yet/);
  await decide(
    ours,
    { place: "held", reasonKind: "nobody" },
    { do: "send-to", addresses: ["c@x.example"], foreign: true },
  );
  expect(await recipientsOf(id)).toEqual([["c@x.example", "waiting"]]);
  expect(await mailOf(id)).toMatchObject({ place: "waiting", state: "ready", reasonKind: null });
  await sumHolds();
});

test("deletes a group of one cause and nothing else, and says before how many", async () => {
  const spam = [await add([["a@x.example", "badmail", "spam"]]), await add([["b@x.example", "badmail", "spam"]])];
  const mixed = await add([
    ["c@x.example", "badmail", "spam"],
    ["d@x.example", "badmail", "permanent"],
  ]);
  const held = await add([], { reasonKind: "loop" });
  const group = { place: "badmail", reasonKind: "spam" } as const;
  expect(await countTarget(ours, group)).toMatchObject({ mails: 3 });
  expect((await decide(ours, group, { do: "delete" })).done).toEqual([...spam, mixed]);
  expect(await countTarget(ours, group)).toMatchObject({ mails: 0 });
  expect(await mailOf(mixed)).toMatchObject({ place: "badmail" });
  expect(await mailOf(spam[0] ?? "")).toMatchObject({ place: "deleted", state: "settled" });
  await decide(ours, { ids: [held] }, { do: "delete" });
  expect(await mailOf(held)).toMatchObject({ place: "deleted" });
  await sumHolds();
});

test("what can't be moved stays, is named, and holds up no other", async () => {
  const busy = await add(
    [
      ["a@x.example", "waiting"],
      ["b@x.example", "badmail", "spam"],
    ],
    { state: "sending" },
  );
  const free = await add([["c@x.example", "badmail", "spam"]]);
  const { done, failed } = await decide(ours, { ids: [busy, free] }, { do: "send-again" });
  expect(done).toEqual([free]);
  expect(failed).toEqual([{ id: busy, message: expect.stringMatching(/right now/) }]);
  expect((await decide(ours, { ids: [free] }, { do: "delete" })).failed[0]?.message).toMatch(/already/);
  await sumHolds();
});

test("a mail whose answer was lost is marked when it is sent again", async () => {
  const id = await add([["a@x.example", "held", "answer-lost"]]);
  await decide(ours, { ids: [id] }, { do: "send-again" });
  expect(await mailOf(id)).toMatchObject({ possibleCopies: 1 });
});

test("another tenant's id finds nothing", async () => {
  const id = await add([["a@x.example", "badmail", "spam"]]);
  expect(await countTarget(theirs, { ids: [id] })).toMatchObject({ mails: 0 });
  expect(await countTarget(theirs, { place: "badmail", reasonKind: "spam" })).toMatchObject({ mails: 0 });
  expect(await mailGroups(theirs)).toEqual([]);
  expect((await groupMails(theirs, { place: "badmail", reasonKind: "spam" }, null)).rows).toEqual([]);
  expect(await stuckCounts(theirs)).toEqual({ badmail: 0, held: 0, alsoWaiting: 0, copies: 0 });
  expect(await fateOf(theirs, id)).toBeNull();
  expect((await decide(theirs, { ids: [id] }, { do: "delete" })).failed[0]?.message).toMatch(/no such mail/);
  expect(await readJourney(theirs, id)).toBeNull();
  expect((await searchMails(theirs, {}, "UTC")).rows).toEqual([]);
  expect(await mailOf(id)).toMatchObject({ place: "badmail" });
});

test("search finds by state, cause, people, subject, Message-ID; page by page", async () => {
  const spam = await add([["Anna@x.example", "badmail", "spam"]], {
    subject: "50% off_",
    messageId: "<1@out.example>",
  });
  const other = await add([["b@x.example", "delivered"]], { subject: "Offer" });
  const ids = async (filter: Parameters<typeof searchMails>[1]) =>
    (await searchMails(ours, filter, "Europe/Berlin")).rows.map((row) => row.id);
  expect(await ids({})).toEqual([other, spam]);
  expect(await ids({ state: "badmail", reason: "spam" })).toEqual([spam]);
  expect(await ids({ state: "delivered" })).toEqual([other]);
  expect(await ids({ words: searchWords("anna@X") })).toEqual([spam]);
  expect(await ids({ words: searchWords("50% off_") })).toEqual([spam]);
  expect(await ids({ words: searchWords("<1@out.example>") })).toEqual([spam]);
  expect(await ids({ words: searchWords("out@side") })).toEqual([other, spam]);
  expect(await ids({ from: "2999-01-01" })).toEqual([]);
  const first = await searchMails(ours, {}, "UTC", 1);
  expect(first.rows.map((row) => row.id)).toEqual([other]);
  expect(await ids({ before: first.older ?? undefined })).toEqual([spam]);
});

test("a group is done in parts: oldest first, up to what was confirmed, failures passed over", async () => {
  const ids = [];
  for (const n of [1, 2, 3, 4])
    ids.push(await add([[`a${n}@x.example`, "badmail", "permanent"]], n === 2 ? { state: "sending" } : {}));
  const group = { place: "badmail", reasonKind: "permanent" } as const;
  const { mails, until } = await countTarget(ours, group);
  expect(mails).toBe(4);
  const late = await add([["a5@x.example", "badmail", "permanent"]]);
  const trial = await decide(ours, group, { do: "send-again" }, { limit: 1, until });
  expect(trial).toMatchObject({ done: [ids[0]], left: 3 });
  expect(await fateOf(ours, ids[0] ?? "")).toMatchObject({ place: "waiting", lane: { state: "closed" } });
  const second = await decide(ours, group, { do: "send-again" }, { limit: 2, until, after: trial.next ?? 0 });
  expect(second).toMatchObject({ done: [ids[2]], failed: [{ id: ids[1] }], left: 1 });
  const third = await decide(ours, group, { do: "send-again" }, { limit: 2, until, after: second.next ?? 0 });
  expect(third).toEqual({ done: [ids[3]], failed: [], left: 0, next: null });
  expect(await mailOf(late)).toMatchObject({ place: "badmail" });
  await sumHolds();
});

test("groups are causes: each unknown address, each rule, each kind of refusal; notices apart", async () => {
  const old = await add([["old@x.example", "badmail", "unknown-recipient"]], { subject: "Offer" });
  await add([["OLD@x.example", "badmail", "unknown-recipient"]]);
  await add([["gone@x.example", "badmail", "unknown-recipient"]]);
  await add([], { reasonKind: "nobody" });
  const notice = await add([["postmaster@x.example", "badmail", "spam"]]);
  await db.owner.pool.query("update mail set kind = 'notice' where id = $1", [notice]);
  await db.owner.pool.query(
    "update recipient set reply_code = 550, reply_text = '5.1.1 no such user' where mail_id = $1",
    [old],
  );
  const groups = await mailGroups(ours);
  expect(groups.map((group) => [groupKey(group), group.mails])).toEqual([
    ["badmail~unknown-recipient~old@x.example", 2],
    ["badmail~unknown-recipient~gone@x.example", 1],
    ["held~nobody", 1],
    ["notice-badmail~spam", 1],
  ]);
  expect(groups[0]).toMatchObject({ words: "550 5.1.1 no such user" });
  for (const group of groups) {
    const target = groupOf(groupKey(group));
    if (!target) throw new Error("no group");
    expect((await groupMails(ours, target, null)).rows).toHaveLength(group.mails);
    expect(await countTarget(ours, target)).toMatchObject({ mails: group.mails });
  }
  const all = { place: "badmail", reasonKind: "unknown-recipient" } as const;
  expect(await countTarget(ours, all)).toMatchObject({ mails: 3 });
  expect(await countTarget(ours, { ...all, text: "offer" })).toMatchObject({ mails: 1 });
  const page = await groupMails(ours, all, null, 2);
  expect(page.rows).toHaveLength(2);
  expect((await groupMails(ours, all, page.older)).rows.map((row) => row.id)).toEqual([old]);
});

test("the counts are the sum's, and what waits beside being stuck is said apart", async () => {
  await add([["a@x.example", "badmail", "spam"]]);
  await add([
    ["a@x.example", "badmail", "spam"],
    ["b@x.example", "waiting"],
  ]);
  await add([], { reasonKind: "loop" });
  const sum = await sumOf(ours);
  expect(await stuckCounts(ours)).toEqual({ badmail: sum.badmail, held: sum.held, alsoWaiting: 1, copies: 0 });
});

test("an address outside the known domains is asked about first", async () => {
  const id = await add([["a@x.example", "badmail", "spam"]]);
  const away = { do: "send-to" as const, addresses: ["c@elsewhere.example"] };
  await expect(decide(ours, { ids: [id] }, away)).rejects.toMatchObject({
    fields: { addresses: expect.stringMatching(/c@elsewhere\.example.*contoso\.example/) },
  });
  expect(await mailOf(id)).toMatchObject({ place: "badmail" });
  expect((await decide(ours, { ids: [id] }, { ...away, addresses: ["c@Contoso.example"] })).done).toEqual([id]);
});
