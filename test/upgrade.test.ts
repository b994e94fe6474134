// A deploy from the version before: it migrated the database and its worker carries mail, this version migrates beneath it,
// both carry mail side by side, and the old one stops. Without an older version (a tarball, or nothing tagged yet) it is
// left out and says so. MAILFERRY_UPGRADE_FROM=COMMIT tries it from any other.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { stringify } from "yaml";
import { pauseLane, resumeLane } from "@/domain/lane/control";
import { mintScope } from "@/domain/scope-mint";
import { status } from "@/domain/status/status";
import { knownMigrations } from "@/prisma/migrate";
import { emptied, envOf, mailferry } from "./backup-world";
import { countMails } from "./chaos/count";
import { type Sample, sample } from "./corpus";
import { type TestDatabase, testDatabase } from "./database";
import { namesIn, type Older, olderVersion, otherPackages, unpack } from "./older-version";
import { type ExchangeServer, startExchange } from "./servers/exchange";
import { type Pop3Server, startPop3 } from "./servers/pop3";
import { type Place, placeIn, startWorker, until, type WorkerProcess } from "./worker-process";

const older = olderVersion();
const missing = "missing" in older ? older.missing : null;
if (missing !== null) console.warn(`Left out, the upgrade's tests: ${missing}.`);

const users = ["info", "sales", "orders"];
const oldName = "old.test.example";
const newName = "new.test.example";

describe.skipIf(missing !== null)(
  `an upgrade ${"name" in older ? `from ${older.name}` : `(left out: ${missing})`}`,
  () => {
    let db: TestDatabase;
    let place: Place;
    let source = "";
    let pop3: Pop3Server;
    let exchange: ExchangeServer;
    const samples: Sample[] = [];
    const workers: WorkerProcess[] = [];
    /** why the older version can't be run at all here; null when it can */
    let unusable: string | null = null;

    beforeAll(async () => {
      db = await emptied(await testDatabase());
      place = placeIn(db, mkdtempSync(join(tmpdir(), "mf-upgrade-")));
      exchange = await startExchange();
      pop3 = await startPop3({ users: Object.fromEntries(users.map((user) => [user, "secret"])) });
      unusable = await bringUp(older as Older);
    }, 120_000);
    afterAll(async () => {
      await Promise.all(workers.map((worker) => worker.kill()));
      await Promise.all([exchange.stop(), pop3.close()]);
      await db.drop();
      rmSync(place.folder, { recursive: true, force: true });
      if (source) rmSync(dirname(source), { recursive: true, force: true });
    });

    const environment = () => envOf(db, place.folder);

    /** By its own means, on its own schema: what fails here is no fault of this version's migrations. */
    async function bringUp(version: Older): Promise<string | null> {
      try {
        source = unpack(version);
        await succeed(["migrate"], source);
        const file = join(place.folder, "tenants.yaml");
        writeFileSync(file, stringify(company(exchange.port, pop3.port)));
        await succeed(["import", file], source);
        return null;
      } catch (error) {
        if (!otherPackages(version)) throw error;
        return `${version.name} needs other packages than are installed, and does not run with these: ${error}`;
      }
    }

    async function succeed(words: string[], from?: string): Promise<string> {
      const said = await mailferry(words, environment(), from);
      if (said.code !== 0) throw new Error(`mailferry ${words[0]} ended with ${said.code}: ${said.err}`);
      return said.out + said.err;
    }

    function start(name: string, from?: string): WorkerProcess {
      const worker = startWorker(place, { MAILFERRY_NAME: name }, { source: from });
      workers.push(worker);
      return worker;
    }

    async function running(name: string, from?: string): Promise<WorkerProcess> {
      const worker = start(name, from);
      await until(`${name} runs`, () => {
        if (worker.child.exitCode !== null) throw new Error(`${name} ended: ${worker.log()}`);
        return worker.log().includes("the worker runs");
      });
      return worker;
    }

    /** New mail in the mailboxes, which are due. */
    async function put(count: number): Promise<void> {
      for (let n = 0; n < count; n += 1) {
        const one = sample(samples.length, "info@contoso.example", 2000);
        pop3.add(users[samples.length % users.length] ?? "", one.bytes);
        samples.push(one);
      }
      await pollsAreDue();
    }

    const pollsAreDue = () =>
      db.owner.pool.query(
        "update mailbox_state set due_at = now() - interval '1 second' where state = 'active' and lease_token is null",
      );
    /** What a worker put off, because the migration was in its way, is due as well. */
    async function retriesAreDue(): Promise<void> {
      const past = "now() - interval '1 second'";
      for (const sql of [
        `update recipient set not_before = ${past} where not_before > now()`,
        `update mail set next_attempt_at = ${past} where state = 'ready' and next_attempt_at > now()`,
        `update lane set next_try_at = ${past}, due_at = ${past} where state = 'open' and next_try_at > now()`,
        `update lane set due_at = ${past} where state = 'closed' and due_at > now()`,
      ])
        await db.owner.pool.query(sql);
    }

    async function eventually(what: string, condition: () => Promise<boolean> | boolean): Promise<void> {
      let asked = 0;
      const so = async () => {
        if (await condition()) return true;
        await pollsAreDue();
        asked += 1;
        if (asked % 20 === 0) await retriesAreDue();
        return false;
      };
      await until(what, so, 90_000).catch(async (error) => {
        const { rows } = await db.owner.pool.query("select place, state, reason, count(*) from mail group by 1, 2, 3");
        const logs = workers.map((worker) => worker.log().slice(-2000));
        throw new Error([error.message, JSON.stringify(rows), ...logs].join("\n"));
      });
    }
    /** Also written down: the server has a mail before its answer is here. */
    const allArrived = () =>
      eventually("all mail arrived", async () => {
        if (exchange.mails.length < samples.length) return false;
        return (await status(db.owner)).tenants.every(({ waiting }) => waiting === 0);
      });
    const inFlight = () =>
      eventually("a mail's end waits for its answer", async () => {
        const { rows } = await db.owner.pool.query("select 1 from mail where dot_pending_at is not null limit 1");
        return rows.length > 0;
      });
    const allCollected = () =>
      eventually("all is collected", () => users.every((user) => pop3.list(user).length === 0));

    async function pauseDelivery(paused: boolean): Promise<void> {
      const { rows } = await db.owner.pool.query<{ id: string }>("select id from tenant");
      const scope = mintScope(db.owner, rows[0]?.id ?? "", { kind: "command", name: "test" });
      await (paused ? pauseLane(scope, "paused by the test") : resumeLane(scope));
    }

    /** Who greeted the server with each mail, of those behind the first so many. */
    const carriers = (from = 0) => new Set(exchange.mails.slice(from).map(({ helo }) => helo));
    /** Who collected and who delivered, of those behind the first so many. */
    const journeys = (from: number) =>
      new Set(
        exchange.mails
          .slice(from)
          .map(({ raw, helo }) => `${raw.includes(`by ${oldName}`) ? oldName : newName} → ${helo}`),
      );

    async function eachOnce(): Promise<void> {
      const left = users.flatMap((user) => pop3.list(user).map(({ bytes }) => bytes));
      const count = await countMails(db.owner, samples, { arrived: exchange.mails.map(({ raw }) => raw), left });
      expect(count).toMatchObject({ once: samples.length, kept: 0, doubled: 0, lost: 0, changed: 0, words: [] });
      const sums = (await status(db.owner)).tenants;
      expect(sums).toMatchObject([{ collected: samples.length, delivered: samples.length, waiting: 0, held: 0 }]);
    }

    const orSay = (context: TestContext) => unusable !== null && context.skip(unusable);

    it("its worker goes on while this version migrates, both work side by side, and each mail arrives once, unchanged", async (context) => {
      orSay(context);
      exchange.options.dotDelayMs = 500;
      const old = await running(oldName, source);
      await put(16);
      await inFlight();
      const said = await succeed(["migrate"]);
      const newer = knownMigrations().filter((name) => !namesIn(older as Older, "prisma/migrations").includes(name));
      expect(said).toContain(newer.length > 0 ? `Applied: ${newer.join(", ")}.` : "The database is up to date.");
      await allArrived();

      await put(8);
      await allArrived();
      expect([...carriers()]).toEqual([oldName]);

      await running(newName);
      exchange.options.dotDelayMs = 100;
      const before = exchange.mails.length;
      await eventually("both carry", async () => {
        await put(8);
        await allArrived();
        await eventually("the connections end", () => exchange.connections.now === 0);
        return carriers(before).size === 2;
      });

      exchange.options.dotDelayMs = 500;
      await put(16);
      await inFlight();
      expect(await old.stop()).toBe(0);
      await allArrived();
      await eachOnce();
    }, 240_000);

    it("what one version collected the other delivers, forward and back again", async (context) => {
      orSay(context);
      exchange.options.dotDelayMs = 0;
      const turn = async (from: WorkerProcess, to: () => Promise<WorkerProcess>): Promise<WorkerProcess> => {
        await pauseDelivery(true);
        await put(6);
        await allCollected();
        expect(await from.stop()).toBe(0);
        const next = await to();
        await pauseDelivery(false);
        await allArrived();
        return next;
      };
      const current = workers.find(({ child }) => child.exitCode === null) ?? (await running(newName));
      const before = exchange.mails.length;
      const back = await turn(current, () => running(oldName, source));
      expect([...journeys(before)]).toEqual([`${newName} → ${oldName}`]);
      const there = exchange.mails.length;
      await turn(back, () => running(newName));
      expect([...journeys(there)]).toEqual([`${oldName} → ${newName}`]);
      await eachOnce();
    }, 120_000);
  },
);

const company = (server: number, provider: number) => ({
  version: 1,
  tenants: [
    {
      slug: "contoso",
      timeZone: "UTC",
      exchange: {
        host: "127.0.0.1",
        port: server,
        postmaster: "postmaster@contoso.example",
        retryMinutes: 1,
        timeoutSeconds: 10,
      },
      mailboxes: users.map((user) => ({
        name: user,
        protocol: "pop3",
        host: "127.0.0.1",
        port: provider,
        tls: "off",
        username: user,
        password: "secret",
        pollSeconds: 30,
        timeoutSeconds: 10,
        recipients: { mode: "single", address: "info@contoso.example" },
      })),
    },
  ],
});
