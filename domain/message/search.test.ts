// The list's filters on a real database with the portal's own role.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { makeMailbox, makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { readJourney } from "./journey";
import { type MailFilter, nothingFound, searchMails } from "./search";

let db: TestDatabase;
let world: World;
let ours: TenantScope;
let theirs: TenantScope;
const ids: Record<string, string> = {};
const actor = { kind: "person", personId: randomUUID(), name: "Anna" } as const;

beforeAll(async () => {
  db = await testDatabase();
  world = await makeTenant(db);
  ours = mintScope(db.web, world.tenantId, actor);
  theirs = mintScope(db.web, (await makeTenant(db)).tenantId, actor);
  const make = async (name: string, wish: Parameters<typeof makeMail>[2]) => {
    ids[name] = await makeMail(db.worker, world, wish);
  };
  await make("mixed", {
    to: [
      ["anna@contoso.example", "delivered", "2.6.0 Queued"],
      ["bob@contoso.example", "badmail", "5.1.10 Recipient not found"],
      ["carl@contoso.example", "waiting"],
    ],
    mail: { subject: "Delivery date", message_id: "<m1@side.example>", collected_at: "2026-10-25T00:30:00+02:00" },
  });
  await make("old", {
    to: [["anna@contoso.example", "delivered", "2.6.0 Queued"]],
    mail: { subject: "100% sure_", sender: "eve@other.example", collected_at: "2026-10-24T23:59:59+02:00" },
  });
  await make("uncertain", { to: [["anna@contoso.example", "waiting"]], mail: { state: "uncertain" } });
  await make("twice", { to: [["dora@contoso.example", "delivered"]], mail: { possible_copies: 1 } });
  await make("held", { mail: { place: "held", state: "settled", reason_kind: "nobody" } });
  await make("notice", { to: [["postmaster@contoso.example", "delivered"]], mail: { kind: "notice" } });
});
afterAll(() => db.drop());

const found = async (filter: MailFilter, zone = "Europe/Berlin") => {
  const { rows } = await searchMails(ours, filter, zone);
  return rows.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id)).sort();
};

test("states: a mixed mail is in each of its own, uncertain and possibly twice are lists too", async () => {
  for (const state of ["waiting", "badmail", "delivered"] as const) expect(await found({ state })).toContain("mixed");
  expect(await found({ state: "held" })).toEqual(["held"]);
  expect(await found({ state: "uncertain" })).toEqual(["uncertain"]);
  expect(await found({ state: "duplicate" })).toEqual(["twice"]);
  expect(await found({ reason: "nobody" })).toEqual(["held"]);
});

test("the last words are those of the state that was asked for", async () => {
  const words = async (state: MailFilter["state"]) => {
    const { rows } = await searchMails(ours, { state, text: "delivery" }, "UTC");
    return rows[0];
  };
  expect(await words("badmail")).toMatchObject({ lastWords: "5.1.10 Recipient not found", place: "waiting" });
  expect(await words("delivered")).toMatchObject({ lastWords: "2.6.0 Queued", recipientCount: 3 });
  expect((await words("badmail"))?.places.sort()).toEqual(["badmail", "delivered", "waiting"]);
});

test("words: all must be found, in people, subject or Message-ID, with keys and without", async () => {
  expect(await found({ text: "eve anna" })).toEqual(["old"]);
  expect(await found({ text: "from:anna" })).toEqual([]);
  expect(await found({ text: "to:BOB" })).toEqual(["mixed"]);
  expect(await found({ text: "to:anna -to:bob from:side" })).toEqual(["uncertain"]);
  expect(await found({ text: '"delivery date"' })).toEqual(["mixed"]);
  expect(await found({ text: "m1@side.example" })).toEqual(["mixed"]);
  expect(await found({ text: "id:<m1@side.example>" })).toEqual(["mixed"]);
  expect(await found({ text: "100% sure_" })).toEqual(["old"]);
  expect(await found({ text: "1% sure" })).toEqual([]);
  expect(await found({ text: "'; drop table mail; --" })).toEqual([]);
});

test("an address that was asked for is shown first", async () => {
  const { rows } = await searchMails(ours, { text: "to:carl" }, "UTC");
  expect(rows[0]?.recipients).toEqual(["carl@contoso.example", "anna@contoso.example", "bob@contoso.example"]);
});

test("days begin and end in the tenant's zone", async () => {
  expect(await found({ from: "2026-10-25", until: "2026-10-25" })).toEqual(["mixed"]);
  expect(await found({ from: "2026-10-24", until: "2026-10-24" })).toEqual(["old"]);
  expect(await found({ from: "2026-10-24", until: "2026-10-24" }, "UTC")).toEqual(["mixed", "old"]);
  expect((await found({ from: "2026-02-31x" })).length).toBe(5);
});

test("notices, tests and copies only when asked for", async () => {
  expect(await found({})).not.toContain("notice");
  expect(await found({ all: true })).toContain("notice");
});

test("page by page, nothing twice and nothing left out", async () => {
  const seen: string[] = [];
  let before: number | undefined;
  do {
    const { rows, older } = await searchMails(ours, { before }, "UTC", 2);
    seen.push(...rows.map(({ id }) => id));
    before = older ?? undefined;
  } while (before);
  expect(seen.length).toBe(5);
  expect(new Set(seen).size).toBe(5);
});

test("an empty list knows when mailboxes were looked into and what is hidden", async () => {
  const box = await makeMailbox(db, world.tenantId);
  await db.owner.pool.query("update mailbox_state set last_poll_at = '2026-10-25T10:00:00Z' where mailbox_id = $1", [
    box,
  ]);
  const facts = await nothingFound(ours, { text: "postmaster" }, "UTC");
  expect(facts).toMatchObject({ mailboxes: 1, hidden: 1, lastPollAt: new Date("2026-10-25T10:00:00Z") });
});

test("the journey of a mixed mail has every recipient with its own words", async () => {
  const journey = await readJourney(ours, ids.mixed ?? "");
  expect(journey?.recipients.map(({ address, place, replyText }) => [address, place, replyText])).toEqual([
    ["anna@contoso.example", "delivered", "2.6.0 Queued"],
    ["bob@contoso.example", "badmail", "5.1.10 Recipient not found"],
    ["carl@contoso.example", "waiting", null],
  ]);
  expect(journey).toMatchObject({ mail: { place: "waiting" }, bodyThere: true });
});

test("another tenant finds nothing", async () => {
  expect((await searchMails(theirs, { all: true }, "UTC")).rows).toEqual([]);
  expect(await nothingFound(theirs, { all: true }, "UTC")).toMatchObject({ hidden: 0, newestAt: null, mailboxes: 0 });
  expect(await readJourney(theirs, ids.mixed ?? "")).toBeNull();
});
