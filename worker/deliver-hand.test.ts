// Several mails in a connection's hand, in the running worker: mail flows in its order, a server that slows down or ends its
// connections costs no mail an attempt, and a pause lets nothing of what is in hand slip through.
import net from "node:net";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type TestDatabase, testDatabase } from "@/test/database";
import {
  addMail,
  type Company,
  laneOf,
  mailComes,
  mailOf,
  makeCompany,
  startWorker,
  type TestWorker,
  until,
} from "@/test/delivering";
import { type ExchangeServer, startExchange } from "@/test/servers/exchange";
import { makeDeliverRoom } from "./deliver";

let db: TestDatabase;
const workers: TestWorker[] = [];
const closers: (() => unknown)[] = [];
beforeAll(async () => {
  db = await testDatabase();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.stop();
  for (const close of closers.splice(0)) await close();
  await db.owner.pool.query("update lane set state = 'paused', due_at = null");
});
afterAll(() => db.drop());

async function world(exchange: Record<string, unknown>): Promise<{ ex: ExchangeServer; company: Company }> {
  const ex = await startExchange({});
  closers.push(() => ex.stop());
  return { ex, company: await makeCompany(db, ex.port, exchange) };
}

async function mails(company: Company, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push(await addMail(company, { subject: `mail ${n}` }));
  return ids;
}

const work = () => workers.push(startWorker(db, [makeDeliverRoom({ dotTimeoutMs: 30_000 })]));
const delivered = ({ sql, tenantId }: Company) =>
  sql.query("select 1 from mail where tenant_id = $1 and place = 'delivered'", [tenantId]);
const allOnce = async (company: Company, ids: string[]) => {
  for (const id of ids) await mailComes(company, id, { place: "delivered", attempts: 1, possible_copies: 0 });
};

it("over one connection all go in the order of their arrival, each once, with its own conversation", async () => {
  const { ex, company } = await world({ max_connections: 1 });
  const ids = await mails(company, 30);
  work();
  await allOnce(company, ids);
  const subjects = ex.mails.map(({ raw }) => /Subject: (.*)\r/.exec(raw.toString())?.[1]);
  expect(subjects).toEqual(ids.map((_, n) => `mail ${n}`));
  expect(ex.connections.total).toBe(1);
  const talks = await company.sql.query<{ lines: string[] }>(
    `select array(select l ->> 'text' from jsonb_array_elements(a.conversation) l where l ->> 'kind' = 'sent') as lines
     from attempt a where tenant_id = $1 order by a.started_at, a.ended_at offset 1`,
    [company.tenantId],
  );
  expect(talks).toHaveLength(29);
  for (const { lines } of talks)
    expect(lines.map((line) => line.split(" ", 1)[0])).toEqual(["MAIL", "RCPT", "DATA", "."]);
});

it("a server that falls silent keeps one mail: what was in hand behind it goes over another connection", async () => {
  const { ex, company } = await world({ max_connections: 2 });
  const before = await mails(company, 12);
  work();
  await allOnce(company, before);
  // From now on each answer takes longer than what is behind a mail waits.
  ex.options.dotDelayMs = 2500;
  const ids = await mails(company, 6);
  await allOnce(company, ids);
  expect(ex.mails).toHaveLength(18);
});

it("a server that ends each connection after three mails costs no mail an attempt, and the lane stays open", async () => {
  const company = await makeCompany(db, await endsAfter(3), { max_connections: 1 });
  const ids = await mails(company, 14);
  work();
  await allOnce(company, ids);
  expect(await laneOf(company)).toMatchObject({ state: "closed", reason: null });
});

it("a server that loses what follows a dot: one mail waits in vain, no attempt is charged, and none goes ahead again", async () => {
  const company = await makeCompany(db, await forgetsBehindDots(), { max_connections: 1 });
  const ids = await mails(company, 12);
  work();
  await allOnce(company, ids);
  expect(await laneOf(company)).toMatchObject({ state: "closed", reason: null });
});

it("once its server is paused nothing more of what is in hand is taken, and all of it waits", async () => {
  const { ex, company } = await world({ max_connections: 1 });
  const ids = await mails(company, 40);
  work();
  await until(
    () => delivered(company),
    (rows) => rows.length >= 8,
  );
  await company.sql.query("update lane set state = 'paused', due_at = null where tenant_id = $1", [company.tenantId]);
  const at = ex.mails.length;
  await until(
    () => company.sql.query("select 1 from lane_slot where tenant_id = $1", [company.tenantId]),
    (slots) => slots.length === 0,
  );
  // One that was on its way to its dot.
  expect(ex.mails.length - at).toBeLessThanOrEqual(2);
  for (const id of ids) {
    const { place, state, attempts } = await mailOf(company, id);
    expect(place === "delivered" ? [state, attempts] : [place, state, attempts]).toEqual(
      place === "delivered" ? ["settled", 1] : ["waiting", "ready", 0],
    );
  }
});

/** PIPELINING, and closed behind the answer to so many mails. */
const endsAfter = (count: number) => scripted((taken) => (taken === count ? "end" : "go"));

/** PIPELINING as it says; but what comes together with a dot it never sees. */
const forgetsBehindDots = () => scripted((_, behindDot) => (behindDot ? "forget" : "go"));

/** `what` is asked before each line and behind each mail: how many it took, and whether the line came with a dot before it. */
async function scripted(what: (taken: number, behindDot: boolean) => "go" | "end" | "forget"): Promise<number> {
  const server = net.createServer((socket) => {
    let taken = 0;
    let rest = "";
    socket.on("error", () => {});
    socket.write("220 short ESMTP\r\n");
    socket.on("data", (data) => {
      const lines = (rest + data.toString("latin1")).split("\r\n");
      rest = lines.pop() ?? "";
      for (const [n, line] of lines.entries()) {
        if (what(taken, lines.slice(0, n).includes(".")) === "forget") continue;
        if (line.startsWith("EHLO")) socket.write("250-short\r\n250 PIPELINING\r\n");
        else if (/^(MAIL|RCPT|RSET)/.test(line)) socket.write("250 2.0.0 OK\r\n");
        else if (line === "DATA") socket.write("354 go on\r\n");
        else if (line === "QUIT") socket.end("221 bye\r\n");
        else if (line === ".") {
          taken += 1;
          socket.write("250 2.6.0 Queued\r\n");
          if (what(taken, false) !== "end") continue;
          socket.end();
          return;
        }
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closers.push(() => server.close());
  const bound = server.address();
  return bound !== null && typeof bound === "object" ? bound.port : 0;
}
