// What people do to a lane while mail of it moves.
import { afterAll, beforeAll, expect, it } from "vitest";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, makeCompany, until } from "@/test/delivering";
import { tryAllNow } from "./control";

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

it("try all now locks the lane before its mails, so that an outcome and it never wait for each other", async () => {
  const company = await makeCompany(db, 25);
  const id = await addMail(company);
  const outcome = await db.worker.pool.connect();
  try {
    await outcome.query("begin");
    await outcome.query("select 1 from lane where tenant_id = $1 for update", [company.tenantId]);
    const asked = tryAllNow(mintScope(db.web, company.tenantId, { kind: "command", name: "t" }));
    await until(
      () =>
        company.sql.query("select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = $1", [db.name]),
      (waiting) => waiting.length > 0,
    );
    await outcome.query("update mail set next_attempt_at = now() where tenant_id = $1 and id = $2", [
      company.tenantId,
      id,
    ]);
    await outcome.query("commit");
    expect(await asked).toMatchObject({ mails: 1 });
  } finally {
    outcome.release();
  }
});
