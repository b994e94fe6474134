// What a file of tests of delivering stands on: a database, one worker with these rooms, and a server for each company. Set up
// and taken down by the file's own hooks.
import { afterAll, afterEach, beforeAll } from "vitest";
import type { WorkerEnv } from "@/lib/env";
import type { Room } from "@/worker/room";
import { type TestDatabase, testDatabase } from "./database";
import { type Company, makeCompany, startWorker, type TestWorker } from "./delivering";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "./servers/exchange";

export interface DeliveringWorld {
  /** from the first hook on */
  readonly db: TestDatabase;
  readonly worker: TestWorker;
  /** a company with a server of its own, which ends with the test */
  world(
    server?: Partial<ExchangeOptions>,
    exchange?: Record<string, unknown>,
  ): Promise<{ ex: ExchangeServer; company: Company }>;
  /** ends with the test, as those of `world` do */
  stopLater(server: ExchangeServer): void;
}

export function deliveringWorld(rooms: Room[], env: Partial<WorkerEnv> = {}): DeliveringWorld {
  let made: { db: TestDatabase; worker: TestWorker } | null = null;
  const here = () => {
    if (!made) throw new Error("asked for before the tests began");
    return made;
  };
  const servers: ExchangeServer[] = [];
  beforeAll(async () => {
    const db = await testDatabase();
    made = { db, worker: startWorker(db, rooms, env) };
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) await server.stop();
    // What a test leaves waiting must not meet the next one's server.
    await here().db.owner.pool.query("update lane set state = 'paused', due_at = null");
  });
  afterAll(async () => {
    await made?.worker.stop();
    await made?.db.drop();
  });
  const stopLater = (server: ExchangeServer) => void servers.push(server);
  return {
    stopLater,
    get db() {
      return here().db;
    },
    get worker() {
      return here().worker;
    },
    async world(server = {}, exchange = {}) {
      const ex = await startExchange(server);
      stopLater(ex);
      return { ex, company: await makeCompany(here().db, ex.port, exchange) };
    },
  };
}
