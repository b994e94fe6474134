// A mailbox that a person changes while a session collects from it, or while somebody else changes it too.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { inTenant, type Sql, sqlTransaction, type TenantScope } from "@/domain/scope";
import { makeMailbox, makeTenant, personScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { meanwhile, untilBlocked } from "@/test/meanwhile";
import { type ClaimedMailbox, claimMailboxes, LeaseLost, renewLease } from "./claim";
import { readMailbox } from "./store";
import { removeMailbox, removeMailboxIn } from "./store-remove";
import { pauseMailbox } from "./store-run";
import { saveMailbox } from "./store-write";

let db: TestDatabase;
let ours: TenantScope;
let id: string;

beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());
beforeEach(async () => {
  const { tenantId } = await makeTenant(db);
  ours = personScope(db, tenantId);
  id = await makeMailbox(db, tenantId, { name: "info" });
});

const claimOf = async () => {
  const wish = { workerId: randomUUID(), sites: ["main"], count: 500, perTenant: 10, leaseSeconds: 60 };
  const claimed = (await claimMailboxes(db.worker, wish)).find(({ mailboxId }) => mailboxId === id);
  if (!claimed) throw new Error("the mailbox was not claimed");
  return claimed;
};
/** As intake: the lease is renewed in the transaction that stores the mail. */
const store = async (sql: Sql, claimed: ClaimedMailbox) => {
  await renewLease(sql, claimed, 60);
  await sql.query(
    `with b as (insert into body (tenant_id) values ($1) returning id)
     insert into mail (tenant_id, kind, mailbox_id, body_id, size) select $1, 'collected', $2, id, 1 from b`,
    [claimed.tenantId, claimed.mailboxId],
  );
};

it("is not removed under a mail that is being stored", async () => {
  const claimed = await claimOf();
  const removed = meanwhile(
    db,
    (sql) => store(sql, claimed),
    () => removeMailbox(ours, id),
  );
  await expect(removed).rejects.toThrow(/info still has mail here \(1 waiting\)/);
  expect(await readMailbox(ours, id)).not.toBeNull();
});

it("takes no mail any more while it is being removed", async () => {
  const claimed = await claimOf();
  let stored: Promise<unknown> = Promise.resolve();
  await inTenant(ours, async (tx) => {
    await removeMailboxIn(tx, ours, id);
    stored = sqlTransaction(db.worker.pool, (sql) => store(sql, claimed));
    stored.catch(() => {});
    await untilBlocked(db);
  });
  await expect(stored).rejects.toThrow(LeaseLost);
  expect((await db.owner.pool.query("select 1 from mail where tenant_id = $1", [ours.tenantId])).rowCount).toBe(0);
});

it("is paused also while it is saved, and neither waits for the other for ever", async () => {
  const shown = await readMailbox(ours, id);
  if (!shown) throw new Error("there is no such mailbox");
  let both: Promise<unknown>[] = [];
  // A third one holds the mailbox's row, so that both are under way at once.
  await sqlTransaction(db.owner.pool, async (sql) => {
    await sql.query("select 1 from mailbox where id = $1 for update", [id]);
    both = [saveMailbox(ours, id, { ...shown.settings, version: 1, pollSeconds: 60 }, new Date())];
    await untilBlocked(db, 1);
    both.push(pauseMailbox(ours, id));
    await untilBlocked(db, 2);
  });
  expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled"]);
  expect(await readMailbox(ours, id)).toMatchObject({ state: "paused", version: 3, settings: { pollSeconds: 60 } });
});
