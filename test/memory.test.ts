// A mail of 150 MB costs the worker no more memory than a small one: the real worker as a process, Dovecot as the provider,
// a server like Exchange that keeps only hashes, and the worker's resident memory looked at all the time.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { givePassword, makeMailbox } from "./collecting";
import { type TestDatabase, testDatabase } from "./database";
import { type Dovecot, dovecotPath, startDovecot } from "./servers/dovecot";
import { type ExchangeServer, startExchange } from "./servers/exchange";
import { type Place, preparePlace, startWorker, until, type WorkerProcess } from "./worker-process";

const needed = process.env.MAILFERRY_REQUIRE_PEERS === "1";
const missing = !existsSync("/proc/self/status")
  ? "there is no /proc here to read the memory of a process from"
  : dovecotPath || needed
    ? null
    : "Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)";
if (missing) console.warn(`Left out, the memory of the worker: ${missing}.`);

const mb = 1024 * 1024;
const allowed = 64 * mb;

describe.skipIf(missing !== null)("memory", () => {
  const closers: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });

  it.each(["pop3", "imap"] as const)(
    "a mail of 150 MB by %s raises the worker's by less than 64 MB",
    async (protocol) => {
      const w = await world(protocol);
      const warm = 8;
      for (let n = 0; n < warm; n++) await putMail(w.dovecot, n, mb);
      const worker = w.start();
      await until("the small ones are there", () => w.exchange.mails.length === warm, 120_000);
      const before = residentOf(worker);
      await putMail(w.dovecot, warm, 150 * mb);
      let highest = before;
      await until(
        "the big one is there",
        () => {
          highest = Math.max(highest, residentOf(worker));
          return w.exchange.mails.length > warm;
        },
        240_000,
      ).catch((error: Error) => {
        throw new Error(`${error.message}\n${worker.log().slice(-3000)}`);
      });
      const big = w.exchange.mails.at(-1);
      expect(big?.size).toBeGreaterThan(150 * mb);
      expect(big?.sha256).toBe(hashOf([await prefixOf(w.db), ...mailOf(warm, 150 * mb)]));
      console.info(`${protocol}: ${Math.round(before / mb)} MB before, at most ${Math.round(highest / mb)} MB`);
      expect((highest - before) / mb).toBeLessThan(allowed / mb);
      expect(await worker.stop()).toBe(0);
      expect(worker.log()).not.toContain("MaxListenersExceededWarning");
    },
    400_000,
  );

  async function world(protocol: "pop3" | "imap") {
    const db = await testDatabase();
    closers.push(() => db.drop());
    const exchange = await startExchange({ keep: "hash", sizeLimit: 400 * mb });
    closers.push(() => exchange.stop());
    const dovecot = await startDovecot({ users: { info: "one" } });
    closers.push(() => dovecot.stop());
    const place = await preparePlace(db);
    await settings(db, protocol, dovecot, exchange);
    return { db, exchange, dovecot, place, start: () => started(place) };
  }

  function started(place: Place): WorkerProcess {
    const worker = startWorker(place);
    closers.push(() => worker.kill());
    return worker;
  }
});

async function settings(db: TestDatabase, protocol: "pop3" | "imap", dovecot: Dovecot, exchange: ExchangeServer) {
  const { pool } = db.owner;
  const { rows } = await pool.query<{ id: string }>(
    "insert into tenant (slug, name, time_zone) values ('contoso', 'Contoso', 'UTC') returning id",
  );
  const tenantId = rows[0]?.id ?? "";
  await pool.query("insert into ledger (tenant_id) values ($1)", [tenantId]);
  const made = await pool.query<{ id: string }>(
    "insert into exchange (tenant_id, host, port, postmaster) values ($1, '127.0.0.1', $2, 'postmaster@contoso.example') returning id",
    [tenantId, exchange.port],
  );
  await pool.query("insert into lane (tenant_id, exchange_id) values ($1, $2)", [tenantId, made.rows[0]?.id]);
  const id = await makeMailbox(db, tenantId, {
    protocol,
    port: dovecot.ports[protocol],
    username: "info",
    poll_seconds: 1,
    timeout_seconds: 180,
  });
  await givePassword(db, tenantId, id, "one");
}

/** A mail in pieces, so that the test itself stays small. */
function* mailOf(n: number, size: number): Generator<Buffer> {
  yield Buffer.from(`From: a@out.example\r\nSubject: Mail ${n}\r\nMessage-ID: <${n}@out.example>\r\n\r\n`);
  const part = Buffer.from(`${"0123456789abcdef".repeat(4)}\r\n.dot\r\n`.repeat(4096));
  for (let written = 0; written < size; written += part.length) yield part;
}

async function putMail(dovecot: Dovecot, n: number, size: number): Promise<void> {
  const name = `${1_800_000_000 + n}.M${n}P1.memory`;
  const file = await open(join(dovecot.folder, "mail", "info", "tmp", name), "w");
  for (const part of mailOf(n, size)) await file.write(part);
  await file.close();
  await dovecot.deliver("info", name);
}

function hashOf(parts: Iterable<Buffer>): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

/** What Mailferry put in front of the largest mail. */
async function prefixOf(db: TestDatabase): Promise<Buffer> {
  const { rows } = await db.owner.pool.query<{ prefix: Buffer }>(
    `select substring(c.data from 1 for b.prefix_length) as prefix from body b
     join body_chunk c on c.tenant_id = b.tenant_id and c.body_id = b.id and c.n = 0 order by b.size desc limit 1`,
  );
  return rows[0]?.prefix ?? Buffer.alloc(0);
}

/** VmRSS, in octets. */
function residentOf({ child }: WorkerProcess): number {
  const match = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) * 1024;
}
