// The claim of a mailbox under several workers on a real Postgres: one session per mailbox that may write, ever, whatever
// runs out, freezes or is given back in which order.
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  type ClaimedMailbox,
  claimMailboxes,
  holdClaim,
  LeaseLost,
  type Release,
  releaseMailbox,
  renewLease,
  unclaim,
} from "@/domain/mailbox/claim";
import { sqlOf, sqlTransaction } from "@/domain/scope";
import { makeMailbox, makeTenant } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { seed } from "./seed";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const perTenant = 2;
const mailboxes = [3, 1];
const acts = ["claim", "claim", "renew", "write", "release", "unclaim", "freeze", "die", "due"] as const;
const anAct = fc.record({ worker: fc.nat({ max: 2 }), what: fc.constantFrom(...acts), nth: fc.nat({ max: 3 }) });
type Act = { worker: number; what: (typeof acts)[number]; nth: number };
const aRound = fc.uniqueArray(anAct, { minLength: 1, maxLength: 3, selector: ({ worker }) => worker });

/** Sessions of each worker, as it believes. `valid`: tokens that nobody froze, gave back or took over. */
interface Table {
  held: ClaimedMailbox[][];
  valid: Set<string>;
  /** past their lease, or about to be given back: theirs until another claims */
  frozen: Set<string>;
}

const release: Release = {
  result: "ok",
  error: null,
  reply: null,
  collected: 0,
  dueInSeconds: 0,
  failures: 0,
  failingSince: null,
  toldStoppedAt: null,
  recheck: false,
  stop: null,
  listed: null,
  certificate: null,
  facts: {},
  leavingStands: false,
  through: false,
};
const allDue = () =>
  db.owner.pool.query("update mailbox_state set due_at = now() - interval '1 s' where state = 'active'");

/** Whether the database let a session write. */
const wrote = (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => true,
    (error) => {
      if (error instanceof LeaseLost) return false;
      throw error;
    },
  );

async function claim(table: Table, worker: number): Promise<void> {
  const wish = { workerId: randomUUID(), sites: ["main"], count: 2, perTenant, leaseSeconds: 60 };
  for (const one of await claimMailboxes(db.worker, wish)) {
    const others = table.held.flat().filter(({ mailboxId }) => mailboxId === one.mailboxId);
    const living = others.filter(({ token }) => table.valid.has(token) && !table.frozen.has(token));
    expect(living, "claimed while another session lives").toEqual([]);
    for (const { token } of others) table.valid.delete(token);
    table.valid.add(one.token);
    table.held[worker]?.push(one);
  }
}

async function act(table: Table, { worker, what, nth }: Act): Promise<void> {
  const mine = table.held[worker] ?? [];
  if (what === "claim") return claim(table, worker);
  if (what === "due") return void (await allDue());
  const one = mine[nth % Math.max(1, mine.length)];
  if (!one) return;
  const { token } = one;
  const over = () => {
    table.valid.delete(token);
    mine.splice(mine.indexOf(one), 1);
  };
  const sql = sqlOf(db.worker.pool);
  switch (what) {
    case "renew":
    case "write": {
      const work =
        what === "renew"
          ? renewLease(sql, one, 60)
          : sqlTransaction(db.worker.pool, (tx) => holdClaim(tx, one), one.tenantId);
      const before = table.valid.has(token);
      const may = await wrote(work);
      // Another may have claimed what froze at the same moment; never the other way round.
      expect(may && !before, "wrote without a claim").toBe(false);
      if (!table.frozen.has(token)) expect(may, "lost a claim that nobody took").toBe(true);
      if (may && what === "renew" && table.valid.has(token)) table.frozen.delete(token);
      return;
    }
    case "release":
      if (!table.valid.has(token)) expect(await releaseMailbox(sql, one, release), "released another's").toBe(false);
      else {
        table.frozen.add(token);
        await releaseMailbox(sql, one, release);
      }
      return over();
    case "unclaim":
      table.frozen.add(token);
      await unclaim(db.worker, one);
      return over();
    case "freeze":
    case "die":
      table.frozen.add(token);
      if (what === "die") mine.splice(mine.indexOf(one), 1);
      await db.owner.pool.query(
        "update mailbox_state set lease_until = now() - interval '1 s' where lease_token = $1",
        [token],
      );
  }
}

async function check(table: Table): Promise<void> {
  const { rows } = await db.owner.pool.query<{ lease_token: string; tenant_id: string; living: boolean }>(
    "select lease_token, tenant_id, lease_until > now() as living from mailbox_state where lease_token is not null",
  );
  // The one token of a mailbox is that of the last claim: no other session may write.
  for (const { lease_token } of rows) expect(table.valid.has(lease_token), "a token that nobody has").toBe(true);
  for (const session of table.held.flat())
    if (table.valid.has(session.token)) expect(rows.map(({ lease_token }) => lease_token)).toContain(session.token);
}

it("one session per mailbox may write, ever, and all are claimed again in the end", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(aRound, { minLength: 20, maxLength: 50 }), async (rounds) => {
      await db.owner.pool.query("delete from tenant");
      for (const count of mailboxes) {
        const { tenantId } = await makeTenant(db);
        for (let n = 0; n < count; n += 1) await makeMailbox(db, tenantId);
      }
      const table: Table = { held: [[], [], []], valid: new Set(), frozen: new Set() };
      for (const round of rounds) {
        await Promise.all(round.map((one) => act(table, one)));
        await check(table);
      }
      await db.owner.pool.query(
        "update mailbox_state set lease_until = now() - interval '1 s' where lease_token is not null",
      );
      await allDue();
      const wish = { workerId: randomUUID(), sites: ["main"], count: 9, perTenant: 9, leaseSeconds: 60 };
      expect(await claimMailboxes(db.worker, wish)).toHaveLength(mailboxes.reduce((sum, count) => sum + count, 0));
    }),
    { seed, numRuns: 20, endOnFailure: true },
  );
}, 60_000);
