// What the commit that stores a batch makes of its mails: those whose way is plain are ready at once, all others wait for routing.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wakeAfterCommit, wakeFreeLane } from "@/domain/lane/store";
import { routeBatch } from "@/domain/routing/store";
import { sqlTransaction } from "@/domain/scope";
import { arriving, claimAll } from "@/test/arriving";
import { makeMailbox, makeTenant, personScope, sumHolds, type World, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { commitBatch } from "./intake";
import { searchMails } from "./search";
import { searchWords } from "./search-words";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const domains = { recipient_mode: "headers", recipient_headers: ["To"], recipient_domains: ["contoso.example"] };

/** A tenant with a mailbox that is being collected, and what tests ask of it. */
async function collecting(columns: Record<string, unknown> = {}, exchange = true) {
  const world = await makeTenant(db, undefined, exchange);
  const mailbox = await makeMailbox(db, world.tenantId, { ...domains, ...columns });
  const claimed = (await claimAll(db)).get(mailbox);
  if (!claimed) throw new Error("the mailbox was not claimed");
  const { tenantId } = world;
  const scope = workerScope(db, tenantId);
  const rows = async (text: string, values: unknown[] = []) =>
    (await db.owner.pool.query(text, [tenantId, ...values])).rows;
  return {
    world,
    scope,
    rows,
    store: async (mails: string[][], as = claimed) => {
      const batch = [];
      for (const lines of mails) batch.push(await arriving(db, tenantId, lines));
      return commitBatch(scope, as, { session: randomUUID(), leaseSeconds: 600, routing: true }, batch);
    },
    mails: () => rows("select * from mail where tenant_id = $1 and kind = 'collected' order by seq"),
    states: async () =>
      (await rows("select state, place from mail where tenant_id = $1 and kind = 'collected' order by seq")).map(
        ({ state, place }) => `${state} ${place}`,
      ),
  };
}

const plainMail = (n: number | string, ...lines: string[]) => [
  `Message-ID: <${n}@out.example>`,
  "From: x@out.example",
  `Subject: Quarry ${n}`,
  ...(lines.length > 0 ? lines : ["To: a@contoso.example"]),
];

const addRule = ({ tenantId }: World, when: object, outcome: object) =>
  db.owner.pool.query(
    "insert into rule (tenant_id, position, name, conditions, outcome) values ($1, 0, 'r', $2, $3) returning id",
    [tenantId, JSON.stringify(when), JSON.stringify(outcome)],
  );

// The first of this database: where its rows stand tells how often they were written.
test("a mail whose way is plain is ready with the commit that stores it, and each of its rows is written once", async () => {
  const c = await collecting({ reroute_unknown_to: "post@contoso.example" });
  const { left } = await c.store([plainMail(1, "To: a@contoso.example, b@contoso.example, x@else.example")]);
  expect(left).toEqual({ route: false, wake: null });
  const [mail] = await c.mails();
  expect(mail).toMatchObject({
    state: "ready",
    place: "waiting",
    exchange_id: c.world.exchangeId,
    reroute_to: "post@contoso.example",
    route: { leftOut: ["x@else.example"], rules: [], copies: [] },
    clock_start: null,
    settled_at: null,
  });
  expect(mail.next_attempt_at <= new Date(Date.now() + 60_000)).toBe(true);
  expect(await c.rows("select address, place, via, decided_at from recipient where tenant_id = $1 order by 1")).toEqual(
    ["a", "b"].map((one) => ({ address: `${one}@contoso.example`, place: "waiting", via: "To", decided_at: null })),
  );
  expect(await c.rows("select kind, text, facts from mail_event where tenant_id = $1 order by id")).toEqual([
    { kind: "routed", text: expect.stringContaining("For a@contoso.example, by To; b@"), facts: { rules: [] } },
    { kind: "left-out", text: "Left out, not of your domains: x@else.example.", facts: {} },
  ]);
  const [found] = await c.rows("select ctid::text, routed, recipients from mail_search where tenant_id = $1");
  expect(found).toMatchObject({ ctid: "(0,1)", routed: true });
  expect(found.recipients.split(" ").sort()).toEqual(["a@contoso.example", "b@contoso.example"]);
  expect(await c.rows("select ctid::text from mail where tenant_id = $1")).toEqual([{ ctid: "(0,1)" }]);
  const { rows } = await searchMails(
    personScope(db, c.world.tenantId),
    { words: searchWords("to:b@contoso quarry") },
    "UTC",
  );
  expect(rows.map(({ id }) => id)).toEqual([mail.id]);
  expect(await c.rows("select due_at <= now() as due from lane where tenant_id = $1")).toEqual([{ due: true }]);
  expect(await sumHolds(db, c.world.tenantId)).toBe(true);
  expect(await routeBatch(c.scope)).toBe(0);
});

test("mails of one batch go in the order in which they came, each to its own", async () => {
  const c = await collecting();
  await c.store([1, 2, 3].map((n) => plainMail(n, `To: to${n}@contoso.example`)));
  expect(
    await c.rows(
      `select m.subject, m.state, r.address, s.recipients from mail m
       join recipient r on r.tenant_id = m.tenant_id and r.mail_id = m.id
       join mail_search s on s.tenant_id = m.tenant_id and s.seq = m.seq where m.tenant_id = $1 order by m.seq`,
    ),
  ).toEqual(
    [1, 2, 3].map((n) => ({
      ...{ subject: `Quarry ${n}`, state: "ready" },
      ...{ address: `to${n}@contoso.example`, recipients: `to${n}@contoso.example` },
    })),
  );
});

type Collecting = Awaited<ReturnType<typeof collecting>>;
const rule = (when: object, outcome: object) => (c: Collecting) => addRule(c.world, when, outcome);

test.each<[string, (c: Collecting) => Promise<unknown>, string[], string]>([
  ["for nobody", async () => {}, ["To: x@else.example"], "settled held"],
  ["held by a rule", rule({ recipient: "b@*" }, { hold: true }), ["To: b@contoso.example"], "settled held"],
  [
    "discarded by a rule",
    rule({ recipient: "b@*" }, { discard: "not wanted" }),
    ["To: b@contoso.example"],
    "settled discarded",
  ],
  [
    "held for one of two",
    rule({ recipient: "b@*" }, { hold: true }),
    ["To: b@contoso.example, c@contoso.example"],
    "ready waiting",
  ],
  [
    "copied by a rule",
    rule({ recipient: "b@*" }, { copyTo: ["archive@contoso.example"] }),
    ["To: b@contoso.example"],
    "ready waiting",
  ],
  [
    "a copy of one that came before",
    (c) => c.store([plainMail("odd", "To: b@contoso.example")]),
    ["To: b@contoso.example"],
    "settled merged",
  ],
  [
    "a header longer than routing reads",
    async () => {},
    [`X-Long: ${"a".repeat(300_000)}`, "To: b@contoso.example"],
    "settled held",
  ],
])("left to routing: %s; the others of its batch are ready", async (_name, prepare, lines, after) => {
  const c = await collecting();
  await prepare(c);
  const before = (await c.states()).length;
  const { left } = await c.store([plainMail(1), plainMail("odd", ...lines), plainMail(2)]);
  expect(left.route).toBe(true);
  expect((await c.states()).slice(before)).toEqual(["ready waiting", "received waiting", "ready waiting"]);
  expect(await routeBatch(c.scope)).toBe(1);
  expect((await c.states()).slice(before)).toEqual(["ready waiting", after, "ready waiting"]);
});

test("two copies in one batch are left to routing, which merges the second", async () => {
  const c = await collecting();
  await c.store([plainMail(1), plainMail(1), plainMail(2)]);
  expect(await c.states()).toEqual(["received waiting", "received waiting", "ready waiting"]);
  await routeBatch(c.scope);
  expect(await c.states()).toEqual(["ready waiting", "settled merged", "ready waiting"]);
});

test("a loop is held, and those beside it go", async () => {
  const c = await collecting();
  const round = Array.from({ length: 50 }, () => "Received: from a by b; Tue, 24 Nov 2026 02:00:00 +0000");
  const { left } = await c.store([plainMail(1, ...round, "To: a@contoso.example"), plainMail(2)]);
  expect(left.route).toBe(false);
  expect(await c.states()).toEqual(["settled held", "ready waiting"]);
});

test("without an Exchange server mail is left to routing", async () => {
  const c = await collecting({}, false);
  expect((await c.store([plainMail(1)])).left).toEqual({ route: true, wake: null });
  expect(await c.states()).toEqual(["received waiting"]);
});

test("a rule that can't be read keeps no mail from being stored", async () => {
  const c = await collecting();
  const broken = await addRule(c.world, { unheard: "of" }, { hold: true });
  expect((await c.store([plainMail(1), plainMail(2)])).left.route).toBe(true);
  expect(await c.states()).toEqual(["received waiting", "received waiting"]);
  await expect(routeBatch(c.scope)).rejects.toThrow();
  await db.owner.pool.query("delete from rule where id = $1", [broken.rows[0].id]);
  expect(await routeBatch(c.scope)).toBe(2);
  expect(await c.states()).toEqual(["ready waiting", "ready waiting"]);
});

test("while mail of the tenant is being routed, or waits to be, what comes is left to routing too", async () => {
  const c = await collecting();
  const router = await db.owner.pool.connect();
  await router.query("select pg_advisory_lock(hashtextextended('route ' || $1::text, 0))", [c.world.tenantId]);
  try {
    expect((await c.store([plainMail(1)])).left.route).toBe(true);
  } finally {
    await router.query("select pg_advisory_unlock_all()");
    router.release();
  }
  expect((await c.store([plainMail(1), plainMail(2)])).left.route).toBe(true);
  expect(await c.states()).toEqual(["received waiting", "received waiting", "received waiting"]);
  await routeBatch(c.scope);
  expect(await c.states()).toEqual(["ready waiting", "settled merged", "ready waiting"]);
});

test("whoever has the lane for long holds up no commit: it is woken when they are done", async () => {
  const c = await collecting();
  const { tenantId, exchangeId } = c.world;
  await db.owner.pool.query("update lane set due_at = null where tenant_id = $1", [tenantId]);
  const other = await db.owner.pool.connect();
  await other.query("begin");
  await other.query("select 1 from lane where tenant_id = $1 for update", [tenantId]);
  try {
    expect((await c.store([plainMail(1)])).left).toEqual({ route: false, wake: exchangeId });
    expect(await c.states()).toEqual(["ready waiting"]);
  } finally {
    await other.query("rollback");
    other.release();
  }
  await wakeAfterCommit(c.scope, exchangeId);
  expect(await c.rows("select due_at <= now() as due from lane where tenant_id = $1")).toEqual([{ due: true }]);
});

test("a lane that others write at the same moment is awake when the commit says so", async () => {
  const { world } = await collecting();
  const { tenantId } = world;
  const sleeps = () => db.owner.pool.query("update lane set due_at = null where tenant_id = $1", [tenantId]);
  let woken = 0;
  for (let n = 0; n < 100; n += 1) {
    const [due] = await Promise.all([
      sqlTransaction(db.worker.pool, async (sql) => {
        if (!(await wakeFreeLane(sql, world))) return null;
        return sql.query<{ at: Date | null }>("select due_at as at from lane where tenant_id = $1", [tenantId]);
      }),
      sleeps(),
      sleeps(),
    ]);
    if (due) woken += 1;
    expect(due?.[0]?.at).not.toBeNull();
  }
  expect(woken).toBeGreaterThan(0);
});

test("two mailboxes of one tenant that take the same messages at once: each is delivered once", async () => {
  const c = await collecting();
  const { tenantId } = c.world;
  const other = await makeMailbox(db, tenantId, domains);
  const beside = (await claimAll(db)).get(other);
  for (let n = 0; n < 10; n += 1) {
    await Promise.all([
      c.store([plainMail(n), plainMail(`a${n}`)]),
      c.store([plainMail(n), plainMail(`b${n}`)], beside),
    ]);
    if (n % 3 === 0) await routeBatch(c.scope);
  }
  await routeBatch(c.scope);
  const { rows } = await db.owner.pool.query(
    `select m.message_id, count(*) filter (where r.place = 'waiting')::int as waiting, count(*)::int as mails
     from mail m join recipient r on r.tenant_id = m.tenant_id and r.mail_id = m.id where m.tenant_id = $1 group by 1`,
    [tenantId],
  );
  expect(rows).toHaveLength(30);
  expect(rows.filter(({ waiting }) => waiting !== 1)).toEqual([]);
  expect(rows.filter(({ mails }) => mails === 2)).toHaveLength(10);
  expect(await sumHolds(db, tenantId)).toBe(true);
});
