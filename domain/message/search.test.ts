// The list's filters on a real database with the portal's own role.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { inTime, orTooLong, TooLong } from "./in-time";
import { readJourney } from "./journey";
import { type MailFilter, nothingFound, searchMails } from "./search";
import { dayIn, plus } from "./search-days";
import { searchWords } from "./search-words";

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

/** To the end, on however busy a machine. */
async function found(filter: MailFilter, zone = "Europe/Berlin"): Promise<(string | undefined)[]> {
  const { rows, older } = await searchMails(ours, filter, zone);
  const names = rows.map(({ id }) => Object.keys(ids).find((name) => ids[name] === id));
  return [...names, ...(older ? await found({ ...filter, before: older }, zone) : [])].sort();
}

test("states: a mixed mail is in each of its own, uncertain and possibly twice are lists too", async () => {
  for (const state of ["waiting", "badmail", "delivered"] as const) expect(await found({ state })).toContain("mixed");
  expect(await found({ state: "held" })).toEqual(["held"]);
  expect(await found({ state: "uncertain" })).toEqual(["uncertain"]);
  expect(await found({ state: "duplicate" })).toEqual(["twice"]);
  expect(await found({ reason: "nobody" })).toEqual(["held"]);
});

test("a mail is found by its places as they change, of the mail and of each recipient", async () => {
  const id = await makeMail(db.worker, world, {
    to: [
      ["one@contoso.example", "waiting"],
      ["two@contoso.example", "waiting"],
    ],
    mail: { subject: "wanders" },
  });
  ids.wanders = id;
  const places = async () => {
    const { rows } = await db.owner.pool.query("select places from mail_apart where subject = 'wanders'");
    return rows[0]?.places ?? null;
  };
  const move = (address: string, place: string) =>
    db.worker.pool.query("update recipient set place = $3 where mail_id = $1 and address = $2", [id, address, place]);
  expect(await places()).toBeNull();
  await move("one@contoso.example", "badmail");
  expect(await places()).toEqual(["badmail"]);
  expect(await found({ state: "badmail", words: searchWords("wanders") })).toEqual(["wanders"]);
  await move("two@contoso.example", "delivered");
  await db.worker.pool.query("update mail set place = 'badmail' where id = $1", [id]);
  await db.worker.pool.query(
    "insert into recipient (tenant_id, mail_id, address, place) values ($1, $2, $3, 'merged')",
    [world.tenantId, id, "three@contoso.example"],
  );
  expect(await places()).toEqual(["badmail", "merged"]);
  expect(await found({ state: "merged", words: searchWords("to:three") })).toEqual(["wanders"]);
  await move("three@contoso.example", "delivered");
  await move("one@contoso.example", "waiting");
  expect(await places()).toEqual(["badmail"]);
  await db.worker.pool.query("update mail set place = 'waiting' where id = $1", [id]);
  expect(await places()).toBeNull();
  expect(await found({ state: "badmail", words: searchWords("wanders") })).toEqual([]);
  await move("one@contoso.example", "expired");
  await db.owner.pool.query("delete from mail where id = $1", [id]);
  expect(await places()).toBeNull();
});

test("mails to thousands of people are put aside and let go in one go each", async () => {
  const mails = await Promise.all(
    Array.from({ length: 10 }, () => makeMail(db.worker, world, { mail: { subject: "to everybody" } })),
  );
  const apart = async () => {
    const { rows } = await db.owner.pool.query("select places from mail_apart where subject = 'to everybody'");
    return rows.map(({ places }) => places.join());
  };
  // Reading all of a mail's recipients again for each of them would take longer than a test may.
  await db.worker.pool.query(
    `insert into recipient (tenant_id, mail_id, address, place)
     select $1, m, n || '@contoso.example', 'held' from unnest($2::uuid[]) m, generate_series(1, 2000) n`,
    [world.tenantId, mails],
  );
  expect(await apart()).toEqual(mails.map(() => "held"));
  await db.worker.pool.query("update recipient set place = 'waiting' where mail_id = any ($1)", [mails]);
  expect(await apart()).toEqual([]);
  await db.owner.pool.query("delete from mail where subject = 'to everybody'");
}, 20_000);

test("the last words are those of the state that was asked for", async () => {
  const words = async (state: MailFilter["state"]) => {
    const { rows } = await searchMails(ours, { state, words: searchWords("delivery") }, "UTC");
    return rows[0];
  };
  expect(await words("badmail")).toMatchObject({ lastWords: "5.1.10 Recipient not found", place: "waiting" });
  expect(await words("delivered")).toMatchObject({ lastWords: "2.6.0 Queued", recipientCount: 3 });
  expect((await words("badmail"))?.places.sort()).toEqual(["badmail", "delivered", "waiting"]);
});

test("words: all must be found, in people, subject or Message-ID, with keys and without", async () => {
  expect(await found({ words: searchWords("eve anna") })).toEqual(["old"]);
  expect(await found({ words: searchWords("from:anna") })).toEqual([]);
  expect(await found({ words: searchWords("to:BOB") })).toEqual(["mixed"]);
  expect(await found({ words: searchWords("to:anna -to:bob from:side") })).toEqual(["uncertain"]);
  expect(await found({ words: searchWords('"delivery date"') })).toEqual(["mixed"]);
  expect(await found({ words: searchWords("m1@side.example") })).toEqual(["mixed"]);
  expect(await found({ words: searchWords("id:<m1@side.example>") })).toEqual(["mixed"]);
  expect(await found({ words: searchWords("100% sure_") })).toEqual(["old"]);
  expect(await found({ words: searchWords("1% sure") })).toEqual([]);
  expect(await found({ words: searchWords("'; drop table mail; --") })).toEqual([]);
});

test("words begin at any boundary: whole, begun, a domain, its parts, in any order", async () => {
  const typed = ["side.example", "@side.exa", "out@side", "exa"];
  for (const one of typed) expect(await found({ words: searchWords(`from:${one}`) })).toContain("mixed");
  expect(await found({ words: searchWords("date delivery") })).toEqual(["mixed"]);
  expect(await found({ words: searchWords("elivery") })).toEqual([]);
  expect(await found({ words: searchWords("bob@contoso.example from:out@side.example deliv") })).toEqual(["mixed"]);
});

test("what comes later is found: recipients by routing, and by a person who sends it elsewhere", async () => {
  const id = await makeMail(db.worker, world, { mail: { subject: "unrouted quay", state: "received" } });
  ids.late = id;
  const words = searchWords("quay");
  expect(await found({ words })).toEqual(["late"]);
  const add = (address: string) =>
    db.owner.pool.query("insert into recipient (tenant_id, mail_id, address) values ($1, $2, $3)", [
      world.tenantId,
      id,
      address,
    ]);
  await add("routed@contoso.example");
  await db.owner.pool.query("update mail set state = 'ready' where id = $1", [id]);
  expect(await found({ words: searchWords("to:routed quay") })).toEqual(["late"]);
  await add("added@contoso.example");
  await db.owner.pool.query(
    "update recipient set original = address, address = 'moved@contoso.example' where address = $1",
    ["routed@contoso.example"],
  );
  for (const to of ["added", "moved", "routed"])
    expect(await found({ words: searchWords(`to:${to} quay`) })).toEqual(["late"]);
  await db.owner.pool.query("delete from mail where id = $1", [id]);
  expect(await found({ words })).toEqual([]);
  const { rows } = await db.owner.pool.query("select 1 from mail_search where subject like '%quay%'");
  expect(rows).toEqual([]);
});

test("what is not among the newest is found by the index, the same as among them", async () => {
  // Beside 5,000 newer ones; the numbers are those of the walk in search_mail.
  await db.owner.pool.query(
    `insert into mail (tenant_id, kind, body_id, sender, subject, size, place, state, collected_at)
     select tenant_id, 'collected', body_id, 'many@else.example', 'of many', 1, 'discarded', 'settled', now() + interval '1 day'
     from mail, generate_series(1, 5000) where id = $1`,
    [ids.old],
  );
  const all = { from: undefined, until: plus(dayIn("UTC", new Date()), 2) };
  expect(await found({ ...all, words: searchWords("eve anna") })).toEqual(["old"]);
  expect(await found({ ...all, words: searchWords("100% sure_") })).toEqual(["old"]);
  expect(await found({ ...all, words: searchWords("1% sure") })).toEqual([]);
  expect(await found({ ...all, from: dayIn("UTC", new Date()), words: searchWords("eve anna") })).toEqual([]);
  expect(await found({ ...all, words: searchWords("to:anna -to:bob from:side") })).toEqual(["uncertain"]);
  expect(await found({ ...all, words: searchWords('"delivery date"') })).toEqual(["mixed"]);
  expect(await found({ ...all, words: searchWords("-from:many") })).toEqual([
    "held",
    "mixed",
    "old",
    "twice",
    "uncertain",
  ]);
  expect(await found({ ...all, state: "badmail" })).toEqual(["mixed"]);
  expect(await found({ ...all, state: "held" })).toEqual(["held"]);
  expect(await found({ ...all, state: "uncertain" })).toEqual(["uncertain"]);
  expect(await found({ ...all, state: "duplicate" })).toEqual(["twice"]);
  expect(await found({ ...all, reason: "nobody" })).toEqual(["held"]);
  expect(await found({ ...all, state: "delivered", words: searchWords("sure") })).toEqual(["old"]);
  await db.owner.pool.query("delete from mail where sender = 'many@else.example'");
});

test("an address that was asked for is shown first", async () => {
  const { rows } = await searchMails(ours, { words: searchWords("to:carl") }, "UTC");
  expect(rows[0]?.recipients).toEqual(["carl@contoso.example", "anna@contoso.example", "bob@contoso.example"]);
});

test("days begin and end in the tenant's zone", async () => {
  expect(await found({ from: "2026-10-25", until: "2026-10-25" })).toEqual(["mixed"]);
  expect(await found({ from: "2026-10-24", until: "2026-10-24" })).toEqual(["old"]);
  expect(await found({ from: "2026-10-24", until: "2026-10-24" }, "UTC")).toEqual(["mixed", "old"]);
  expect((await found({ from: "2026-02-31x" })).length).toBe(5);
});

test("days and pages that no mail can have are left out, and none is an error", async () => {
  for (const day of ["0000-01-01", "0001-01-01", "9998-12-31", "9999-01-01", "9999-12-31", "2026-02-31", "today"])
    for (const zone of ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"]) {
      expect((await found({ until: day }, zone)).length).toBeLessThanOrEqual(5);
      expect((await found({ from: day }, zone)).length).toBeLessThanOrEqual(5);
    }
  for (const before of ["999999999999999-1", "253402300800000-1", "8640000000000001-1"])
    expect((await found({ before })).length).toBe(5);
  expect(await found({ words: searchWords(`${"x".repeat(299)}😀`) })).toEqual([]);
});

test("a Message-ID can be taken away, with its brackets and without, beside words and alone", async () => {
  for (const typed of ["-id:<m1@side.example>", "-id:m1@side.example", "-id:m1@side.example to:contoso"])
    expect(await found({ words: searchWords(typed) })).not.toContain("mixed");
  expect((await found({ words: searchWords("-id:m1@side.example") })).length).toBe(4);
  expect((await found({ words: searchWords("-id:other@side.example") })).length).toBe(5);
  expect(await found({ state: "badmail", words: searchWords("-id:m1@side.example") })).toEqual([]);
});

test("a search that takes too long ends and says so", async () => {
  await expect(inTime(db.web, (sql) => sql.query("select pg_sleep(3600)"), world.tenantId, 50)).rejects.toThrow(
    TooLong,
  );
  await expect(inTime(db.web, (sql) => sql.query("select 1 / 0"))).rejects.not.toThrow(TooLong);
  const other = await db.owner.pool.connect();
  await other.query("begin; lock table mail_search in access exclusive mode");
  try {
    const [list, facts] = await Promise.all([
      orTooLong(searchMails(ours, { words: searchWords("anna") }, "UTC")),
      nothingFound(ours, {}, "UTC"),
    ]);
    expect([list, facts]).toEqual([null, { newestAt: null, hidden: null }]);
  } finally {
    await other.query("rollback");
    other.release();
  }
  expect((await found({})).length).toBe(5);
});

test("notices, tests and copies only when asked for", async () => {
  expect(await found({})).not.toContain("notice");
  expect(await found({ all: true })).toContain("notice");
});

test("page by page, nothing twice and nothing left out", async () => {
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const { rows, older } = await searchMails(ours, { before }, "UTC", 2);
    seen.push(...rows.map(({ id }) => id));
    before = older ?? undefined;
  } while (before);
  expect(seen.length).toBe(5);
  expect(new Set(seen).size).toBe(5);
});

test("an empty list knows how new the newest mail is and what is hidden", async () => {
  const facts = await nothingFound(ours, { words: searchWords("postmaster") }, "UTC");
  expect(facts.hidden).toBe(1);
  expect(facts.newestAt).toBeInstanceOf(Date);
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
  expect(await nothingFound(theirs, { all: true }, "UTC")).toEqual({ hidden: 0, newestAt: null });
  expect(await readJourney(theirs, ids.mixed ?? "")).toBeNull();
});
