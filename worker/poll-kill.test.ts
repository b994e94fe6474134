// The worker as a program of its own, killed with -9 while it collects: nothing lost, nothing doubled.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { ensureInstallationId } from "@/domain/installation/prepare";
import { ensurePrivateKey } from "@/lib/seal";
import { givePassword, makeMailbox, makeTenant, sumHolds } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Pop3Server, startPop3 } from "@/test/servers/pop3";

let db: TestDatabase;
let folder: string;
const children: ChildProcess[] = [];
const servers: Pop3Server[] = [];
beforeAll(async () => {
  db = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), "mailferry-worker-"));
  const key = await ensurePrivateKey(join(folder, "private.key"));
  await db.owner.pool.query("insert into site_key (key_id, site, public_key) values ($1, 'main', $2)", [
    key.keyId,
    Buffer.from(key.publicKey),
  ]);
  await ensureInstallationId(db.owner);
});
afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  for (const server of servers.splice(0)) await server.close();
});
afterAll(async () => {
  await db.drop();
  rmSync(folder, { recursive: true, force: true });
});

function startWorker(): ChildProcess {
  const child = spawn(process.execPath, ["cli/worker.mjs"], {
    env: {
      NODE_ENV: "production",
      PATH: process.env.PATH,
      MAILFERRY_DATA: folder,
      MAILFERRY_WORKER_DATABASE_URL: db.urls.worker,
      MAILFERRY_ALLOW_NETWORKS: "127.0.0.0/8",
      MAILFERRY_NAME: "ferry.test.example",
      MAILFERRY_LEASE_SECONDS: "1",
    },
    stdio: "ignore",
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((done) => child.once("exit", done));
  child.kill("SIGKILL");
  await gone;
}

async function until(met: () => boolean | Promise<boolean>) {
  for (const end = Date.now() + 60_000; !(await met()); ) {
    if (Date.now() > end) throw new Error("it did not come to that");
    await new Promise((done) => setTimeout(done, 10));
  }
}

async function world(count: number, columns: Record<string, unknown> = {}) {
  const server = await startPop3({ users: { box: "secret" }, rude: { slow: 3 } });
  servers.push(server);
  for (let n = 1; n <= count; n += 1)
    server.add("box", `From: a@out.example\r\nSubject: Mail ${n}\r\nMessage-ID: <${n}@out.example>\r\n\r\nText\r\n`);
  const { tenantId } = await makeTenant(db, undefined, false);
  const id = await makeMailbox(db, tenantId, { port: server.port, username: "box", ...columns });
  await givePassword(db, tenantId, id, "secret");
  const subjects = async () =>
    (
      await db.owner.pool.query<{ subject: string }>("select subject from mail where tenant_id = $1", [tenantId])
    ).rows.map((row) => row.subject);
  const used = (command: string) => server.commands.filter((line) => line.startsWith(command)).length;
  return { server, tenantId, subjects, used };
}

const all = (count: number) => Array.from({ length: count }, (_, n) => `Mail ${n + 1}`).sort();

test("between the commit and QUIT: deleted at the next poll, and not fetched again", async () => {
  const w = await world(3);
  const first = startWorker();
  await until(() => w.used("DELE") > 0);
  await kill(first);
  expect(w.used("QUIT")).toBe(0);
  startWorker();
  await until(() => w.server.list("box").length === 0);
  expect((await w.subjects()).sort()).toEqual(all(3));
  expect(w.used("RETR")).toBe(3);
}, 180_000);

test("again and again while it fetches, with two workers: each mail once, none lost", async () => {
  const w = await world(120);
  for (const at of [20, 70, 110]) {
    const pair = [startWorker(), startWorker()];
    await until(() => w.used("RETR") >= at);
    for (const one of pair) await kill(one);
  }
  startWorker();
  startWorker();
  await until(() => w.server.list("box").length === 0);
  expect((await w.subjects()).sort()).toEqual(all(120));
  expect(await sumHolds(db, w.tenantId)).toBe(true);
}, 300_000);

test("a mail that ends the worker three times is set aside, and the others flow", async () => {
  const w = await world(4);
  w.server.rude.hangAt = "Subject: Mail 2";
  for (let death = 1; death <= 3; death += 1) {
    const before = w.server.hung;
    const worker = startWorker();
    await until(() => w.server.hung > before);
    await kill(worker);
  }
  startWorker();
  await until(async () => w.server.list("box").length === 1 && (await w.subjects()).length === 3);
  expect((await w.subjects()).sort()).toEqual(["Mail 1", "Mail 3", "Mail 4"]);
  expect(w.server.hung).toBe(3);
  const { rows } = await db.owner.pool.query(
    "select last_error, tries, next_try_at > now() + interval '50 minutes' as later from identity where tenant_id = $1 and state = 'bad'",
    [w.tenantId],
  );
  expect(rows).toEqual([{ last_error: expect.stringContaining("ended three times"), tries: 1, later: true }]);
}, 300_000);

test("mails that were only there when something else ended the worker are not set aside", async () => {
  const w = await world(6, { max_per_poll: 2 });
  w.server.rude.hangAt = "Subject: Mail";
  for (let death = 1; death <= 5; death += 1) {
    const before = w.server.hung;
    const worker = startWorker();
    await until(() => w.server.hung > before);
    await kill(worker);
  }
  delete w.server.rude.hangAt;
  startWorker();
  await until(() => w.server.list("box").length === 0);
  expect((await w.subjects()).sort()).toEqual(all(6));
}, 300_000);
