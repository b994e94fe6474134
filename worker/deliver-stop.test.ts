// Being told to stop: what is under way goes to its end, a pending dot above all; when the time is over the rest is let go.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import { addMail, type Company, laneOf, mailComes, makeCompany, startWorker, until } from "@/test/delivering";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";

let db: TestDatabase;
const servers: ExchangeServer[] = [];
beforeAll(async () => {
  db = await testDatabase();
});
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(() => db.drop());

async function world(server: Partial<ExchangeOptions>, exchange: Record<string, unknown> = {}) {
  const ex = await startExchange(server);
  servers.push(ex);
  return { ex, company: await makeCompany(db, ex.port, exchange) };
}
const dotPending = ({ sql, tenantId }: Company) =>
  until(
    () => sql.query("select 1 from mail where tenant_id = $1 and dot_pending_at is not null", [tenantId]),
    (rows) => rows.length === 1,
  );

it("a pending dot is waited for, even when the time for the rest is over; nothing new is claimed", async () => {
  const { ex, company } = await world({ dotDelayMs: 1500 }, { max_connections: 1 });
  const id = await addMail(company);
  const next = await addMail(company);
  const worker = startWorker(db, [makeDeliverRoom({ dotTimeoutMs: 30_000 })]);
  await dotPending(company);
  const stopped = worker.stop();
  worker.hurry();
  await stopped;
  await mailComes(company, id, { place: "delivered", possible_copies: 0 });
  await mailComes(company, next, { place: "waiting", state: "ready", attempts: 0 });
  expect(ex.mails).toHaveLength(1);
});

it("an answer before the dot is waited for until the time is over; then the mail waits as it was, charged nothing", async () => {
  const { ex, company } = await world(
    { tarpitMs: 60_000, replies: { data: "554 5.0.0 late" } },
    { timeout_seconds: 60 },
  );
  const id = await addMail(company);
  const worker = startWorker(db, [makeDeliverRoom()]);
  await until(
    async () => ex.commands,
    (commands) => commands.includes("DATA"),
  );
  const stopped = worker.stop();
  worker.hurry();
  await stopped;
  await mailComes(company, id, { place: "waiting", state: "ready", attempts: 0 });
  expect(await laneOf(company)).toMatchObject({ state: "closed", reason: null });
  expect(await company.sql.query("select 1 from lane_slot where tenant_id = $1", [company.tenantId])).toEqual([]);
});
