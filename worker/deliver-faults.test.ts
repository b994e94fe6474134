// Delivering when something goes wrong that is nobody's mail's fault: servers out of step, a database that fails at a bad
// moment, mails that end one connection after another. Seen in the database and on the wire.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import {
  addMail,
  allQuiet,
  type Company,
  laneOf,
  mailComes,
  mailOf,
  makeCompany,
  startWorker,
  type TestWorker,
  until,
} from "@/test/delivering";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";

let db: TestDatabase;
let worker: TestWorker;
const servers: ExchangeServer[] = [];

beforeAll(async () => {
  db = await testDatabase();
  worker = startWorker(db, [makeDeliverRoom({ idleMs: 50, dotTimeoutMs: 2000 })]);
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(async () => {
  await worker.stop();
  await db.drop();
});

async function world(server: Partial<ExchangeOptions> = {}, exchange: Record<string, unknown> = {}) {
  const ex = await startExchange(server);
  servers.push(ex);
  return { ex, company: await makeCompany(db, ex.port, exchange) };
}
/** Mails that are there before anything is claimed. */
async function together(company: Company, add: () => Promise<void>) {
  await company.sql.query("update lane set state = 'paused' where tenant_id = $1", [company.tenantId]);
  await add();
  await company.sql.query("update lane set state = 'closed', due_at = now() where tenant_id = $1", [company.tenantId]);
}
/** One retry interval goes by, for everything alike. */
async function aMinute({ sql, tenantId }: Company) {
  const ago = (column: string) => `${column} = ${column} - interval '60 seconds'`;
  await sql.query(`update recipient set ${ago("not_before")} where tenant_id = $1`, [tenantId]);
  await sql.query(`update mail set ${ago("next_attempt_at")} where tenant_id = $1`, [tenantId]);
  await sql.query(
    `update lane set ${ago("due_at")}, ${ago("next_try_at")}, ${ago("pace_next_at")} where tenant_id = $1`,
    [tenantId],
  );
}
const attemptsOf = ({ sql, tenantId }: Company) =>
  sql.query<{ mail_id: string; outcome: string | null }>(
    "select mail_id, outcome from attempt where tenant_id = $1 order by started_at",
    [tenantId],
  );

describe("a server out of step", () => {
  it.each([
    ["data", "250 2.0.0 OK"],
    ["mail", "354 go on"],
    ["rcpt", "354 go on"],
  ])("at %s with “%s” refuses nobody: the mail waits, and two in a row stop the lane", async (stage, words) => {
    const { company } = await world({ replies: { [stage]: words } }, { max_connections: 1 });
    const id = await addMail(company);
    await mailComes(company, id, { state: "ready", place: "waiting", attempts: 1, reason_kind: "cut" });
    const other = await addMail(company);
    await until(
      () => laneOf(company),
      ({ state }) => state === "open",
    );
    expect(await mailOf(company, other)).toMatchObject({ place: "waiting", reason_kind: "cut" });
  });
  it("at the dot: the mail may have been taken, so it is uncertain", async () => {
    const { company } = await world({ replies: { dot: "354 go on" } });
    const id = await addMail(company);
    await mailComes(company, id, { state: "uncertain", place: "waiting", uncertain_count: 1 });
  });
});
