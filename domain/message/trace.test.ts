// The search over all tenants: whom SQL lets in, what it finds, and whose mail it is.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { beginSession } from "@/domain/person/session";
import { makeMailbox, makeTenant, type World } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { makeMail } from "@/test/mails";
import { untilBlocked } from "@/test/meanwhile";
import { orTooLong } from "./in-time";
import { searchWords } from "./search-words";
import { blindMailboxes, traceMails } from "./trace";

let db: TestDatabase;
let near: World;
let far: World;
let closed: World;
const visitor = { address: "127.0.0.1", agent: "test" };

const tokenOf = async (platformRole: string | null, member?: World) => {
  const { rows } = await db.owner.pool.query<{ id: string }>(
    "insert into person (email, platform_role) values ($1, $2) returning id",
    [`${randomUUID()}@provider.example`, platformRole],
  );
  const id = rows[0]?.id ?? "";
  if (member)
    await db.owner.pool.query("insert into membership (tenant_id, person_id, role) values ($1, $2, 'admin')", [
      member.tenantId,
      id,
    ]);
  return { id, token: await beginSession(db.owner, id, visitor, new Date()) };
};
/** To the end, on however busy a machine. */
async function subjects(token: string, typed: string, before?: string): Promise<string[]> {
  const { rows, older } = await traceMails(db.web, token, { words: searchWords(typed), before }, "UTC");
  return [...rows.map((row) => `${row.slug} ${row.subject}`), ...(older ? await subjects(token, typed, older) : [])];
}

/** Has a search wait for longer than who types does, and less long than who asks for older mail. */
async function whileLate<T>(search: () => Promise<T>): Promise<T> {
  const other = await db.owner.pool.connect();
  await other.query("begin; lock table mail_search in access exclusive mode");
  try {
    const searching = search();
    await untilBlocked(db);
    await other.query("select pg_sleep(0.2)");
    await other.query("rollback");
    return await searching;
  } finally {
    await other.query("rollback");
    other.release();
  }
}

beforeAll(async () => {
  db = await testDatabase();
  near = await makeTenant(db, "near");
  far = await makeTenant(db, "far");
  closed = await makeTenant(db, "closed");
  const at = (minute: number) => new Date(Date.UTC(2026, 10, 24, 9, minute));
  const make = (world: World, subject: string, minute: number, address: string) =>
    makeMail(db.worker, world, {
      to: [[address, "delivered", "2.6.0 Queued"]],
      mail: { subject, collected_at: at(minute), message_id: `<${subject}@side.example>`.replaceAll(" ", ".") },
    });
  await make(near, "pumps one", 1, "info@near.example");
  await make(far, "pumps two", 2, "info@far.example");
  await make(closed, "pumps three", 3, "info@closed.example");
  await db.owner.pool.query("update tenant set state = 'closed', closed_at = now() where slug = 'closed'");
});
afterAll(() => db.drop());

test("finds in every tenant, the newest first, and says whose it is", async () => {
  const { token } = await tokenOf("viewer");
  expect(await subjects(token, "pumps")).toEqual(["far pumps two", "near pumps one"]);
  expect(await subjects(token, "to:info@near.example")).toEqual(["near pumps one"]);
  expect(await subjects(token, "<pumps.two@side.example>")).toEqual(["far pumps two"]);
  const { rows } = await traceMails(db.web, token, { words: searchWords("two") }, "UTC");
  expect(rows[0]).toMatchObject({ slug: "far", lastWords: "2.6.0 Queued", recipients: ["info@far.example"] });
});

test("a closed tenant's mail is for administrators of the platform alone", async () => {
  expect(await subjects((await tokenOf("operator")).token, "three")).toEqual([]);
  expect(await subjects((await tokenOf("admin")).token, "three")).toEqual(["closed pumps three"]);
});

test("nobody else finds anything, whatever they are members of", async () => {
  const member = await tokenOf(null, near);
  expect(await subjects(member.token, "pumps")).toEqual([]);
  expect((await blindMailboxes(db.web, member.token)).mailboxes).toBe(0);
  expect(await subjects("no-such-token", "pumps")).toEqual([]);
  const left = await tokenOf("admin");
  await db.owner.pool.query("update session set ended_at = now() where person_id = $1", [left.id]);
  expect(await subjects(left.token, "pumps")).toEqual([]);
  const disabled = await tokenOf("admin");
  await db.owner.pool.query("update person set disabled_at = now() where id = $1", [disabled.id]);
  expect(await subjects(disabled.token, "pumps")).toEqual([]);
});

test("page by page over tenants, nothing twice and nothing left out", async () => {
  const { token } = await tokenOf("admin");
  const seen: string[] = [];
  let before: string | undefined;
  do {
    const { rows, older } = await traceMails(db.web, token, { before }, "UTC", 1);
    seen.push(...rows.map(({ subject }) => subject));
    before = older ?? undefined;
  } while (before);
  expect(seen).toEqual(["pumps three", "pumps two", "pumps one"]);
});

test("what is not among the newest is found by the index, month by month", async () => {
  // Beside 20,000 newer ones; the numbers are those of the walk in search_mail.
  const make = (world: World, subject: string, month: number) =>
    makeMail(db.worker, world, {
      to: [["info@side.example", "delivered"]],
      mail: { subject, collected_at: new Date(Date.UTC(2025, month, 28, 23, 59)) },
    });
  const old = await make(near, "valves one", 0);
  await make(far, "valves two", 3);
  await make(near, "valves three", 3);
  await make(far, "valves four", 5);
  await make(far, "valves five", 11);
  await db.owner.pool.query(
    `insert into mail (tenant_id, kind, body_id, sender, subject, size, place, state, collected_at)
     select tenant_id, 'collected', body_id, 'many@else.example', 'of many', 1, 'delivered', 'settled', '2026-11-20'
     from mail, generate_series(1, 20000) where id = $1`,
    [old],
  );
  await db.owner.pool.query("update mail_search set routed = false, recipients = '' where subject = 'valves four'");
  const { token } = await tokenOf("viewer");
  const all = ["far valves five", "far valves four", "near valves three", "far valves two", "near valves one"];
  expect(await subjects(token, "valves")).toEqual(all);
  expect(await subjects(token, "valv info@side")).toEqual(all.filter((one) => !one.endsWith("four")));
  const between = { words: searchWords("valves"), from: "2025-04-28", until: "2025-06-28" };
  const { rows, older } = await traceMails(db.web, token, between, "UTC", 2);
  expect([rows.map(({ subject }) => subject), older !== null]).toEqual([["valves four", "valves three"], true]);

  // Found late, it says so, and goes on where it ended.
  const typed = { words: searchWords("valves") };
  const late = await whileLate(() => traceMails(db.web, token, typed, "UTC"));
  expect(late).toEqual({ rows: [], backTo: new Date("2026-11-01T00:00:00Z"), older: `${Date.UTC(2026, 10)}-0` });
  const further = await whileLate(() => traceMails(db.web, token, { ...typed, before: late.older ?? "" }, "UTC"));
  expect(further.rows.map(({ subject }) => subject)).toEqual(all.map((one) => one.replace(/^\w+ /, "")));
  expect([further.backTo, further.older]).toEqual([null, null]);
  await db.owner.pool.query("delete from mail where sender = 'many@else.example'");
}, 60_000);

test("for a mail never seen it names the mailboxes that nobody looks into, and since when the others were", async () => {
  const { token } = await tokenOf("viewer");
  const polled = async (world: World, name: string, set: string) => {
    const id = await makeMailbox(db, world.tenantId, { name });
    await db.owner.pool.query(`update mailbox_state set ${set} where mailbox_id = $1`, [id]);
  };
  const at = "last_poll_at = '2026-11-24T10:00:00Z'";
  await polled(near, "works", at);
  await polled(near, "paused", `${at}, state = 'paused'`);
  await polled(far, "refused", `${at}, failing_since = '2026-11-24T10:00:00Z', last_error = 'wrong password'`);
  await polled(far, "fresh", "last_poll_at = null");
  await polled(closed, "of a closed tenant", "last_poll_at = null");
  const facts = await blindMailboxes(db.web, token);
  expect(facts).toMatchObject({ mailboxes: 4, oldestPollAt: new Date("2026-11-24T10:00:00Z") });
  expect(facts.blind.map(({ slug, name }) => `${slug} ${name}`)).toEqual(["far fresh", "far refused", "near paused"]);
});

test("what takes too long ends and says so", async () => {
  const { token } = await tokenOf("viewer");
  const other = await db.owner.pool.connect();
  await other.query("begin; lock table mail_search, mailbox_state in access exclusive mode");
  try {
    const both = [traceMails(db.web, token, { words: searchWords("pumps") }, "UTC"), blindMailboxes(db.web, token)];
    expect(await Promise.all(both.map((one) => orTooLong<unknown>(one)))).toEqual([null, null]);
  } finally {
    await other.query("rollback");
    other.release();
  }
});

test("the portal can't ask past the functions", async () => {
  const ask = JSON.stringify({ words: [], all: true, limit: 50 });
  const all = "select * from search_mail(null, $2::uuid[], $1::jsonb)";
  await expect(db.web.pool.query(all, [ask, [near.tenantId]])).rejects.toThrow(/permission denied/);
  await expect(db.web.pool.query("select * from portal_search($1::jsonb)", [ask])).rejects.toThrow(/mailferry.tenant/);
  await expect(db.web.pool.query("select * from mail_search")).rejects.toThrow(/mailferry.tenant/);
});
