// The world that a row breaks: a database, mailboxes, Exchange servers, workers as processes of their own. It keeps account of
// every mail that was put in, and ends what it began.
import { stringify } from "yaml";
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { pauseLane, resumeLane } from "@/domain/lane/control";
import { mintScope } from "@/domain/scope-mint";
import { status } from "@/domain/status/status";
import { readPrivateKeys } from "@/lib/seal";
import { type Sample, sample } from "../corpus";
import { makeTemplate, type TestDatabase, testDatabase } from "../database";
import { type ChaosProxy, type Faults, startProxy } from "../servers/chaos-proxy";
import { type Dovecot, type DovecotOptions, startDovecot } from "../servers/dovecot";
import { type ExchangeOptions, type ExchangeServer, startExchange } from "../servers/exchange";
import { type Pop3Options, type Pop3Server, startPop3 } from "../servers/pop3";
import { type Place, preparePlace, startWorker, until, type WorkerProcess } from "../worker-process";
import type { Cluster } from "./cluster";
import { type Count, countMails, markInHeader } from "./count";
import { type Random, seeded } from "./random";

export interface WorldOptions {
  db: TestDatabase;
  /** only for rows that ask for one of their own */
  cluster: Cluster | null;
  seed: number;
  /** the form of a few seconds that `npm test` runs */
  short: boolean;
  /** workers run from this folder instead of this one: with a promise broken in it */
  source?: string | undefined;
}

export interface CompanyWish {
  slug?: string;
  exchange: { port: number } & Record<string, unknown>;
  mailboxes: ({ port: number; username: string } & Record<string, unknown>)[];
  [key: string]: unknown;
}

export class World {
  db: TestDatabase;
  readonly random: Random;
  readonly short: boolean;
  /** what was broken, and how often */
  readonly broken = new Map<string, number>();
  readonly samples: Sample[] = [];
  readonly exchanges: ExchangeServer[] = [];
  /** lines for the report, besides the table */
  readonly notes: string[] = [];
  private place: Place | null = null;
  /** planned times come at once: in the short form, and where a row would wait for an hour */
  hurried: boolean;
  private onlyOnce = false;
  private lastFault: number | null = null;
  private readonly closers: (() => Promise<unknown>)[] = [];
  private readonly arrived: (() => Buffer[])[] = [];
  private readonly left: (() => Promise<Buffer[]> | Buffer[])[] = [];
  private readonly workers = new Set<WorkerProcess>();

  constructor(private readonly options: WorldOptions) {
    this.db = options.db;
    this.random = seeded(options.seed);
    this.short = options.short;
    this.hurried = options.short;
  }

  /** The database server of this row's own. */
  get cluster(): Cluster {
    if (!this.options.cluster) throw new Error("this row did not ask for a cluster of its own");
    return this.options.cluster;
  }

  /** Goes on with a database on another server; what was there before is left alone. */
  async moveTo(url: string): Promise<void> {
    await makeTemplate(url);
    const db = await testDatabase(url);
    this.closeLater(() => db.drop());
    this.db = db;
  }

  /** Says that something was broken just now. */
  broke(what: string, times = 1): void {
    this.broken.set(what, (this.broken.get(what) ?? 0) + times);
    this.lastFault = Date.now();
  }

  /** Milliseconds since the last fault; null when nothing was broken. */
  sinceLastFault = (): number | null => (this.lastFault === null ? null : Date.now() - this.lastFault);

  closeLater(close: () => Promise<unknown>): void {
    this.closers.push(close);
  }

  // --- ends

  async exchange(options: Partial<ExchangeOptions> = {}): Promise<ExchangeServer> {
    const server = await startExchange(options);
    this.exchanges.push(server);
    this.closeLater(() => server.stop());
    this.countArrivals(() => server.mails.map(({ raw }) => raw));
    return server;
  }

  countArrivals(mails: () => Buffer[]): void {
    this.arrived.push(mails);
  }

  async dovecot(options: DovecotOptions): Promise<Dovecot> {
    const server = await startDovecot(options);
    this.closeLater(() => server.stop());
    for (const user of Object.keys(options.users)) this.left.push(() => server.list(user));
    return server;
  }

  async pop3(options: Pop3Options): Promise<Pop3Server> {
    const server = await startPop3(options);
    this.closeLater(() => server.close());
    for (const user of Object.keys(options.users)) this.left.push(() => server.list(user).map(({ bytes }) => bytes));
    return server;
  }

  async proxy(target: number, faults: Partial<Faults> = {}): Promise<ChaosProxy> {
    const proxy = await startProxy(target, faults);
    this.closeLater(() => proxy.stop());
    return proxy;
  }

  /** Mails of all shapes, entered into the account. The caller puts them into a mailbox. */
  mails(count: number, to = "info@contoso.example", size: (n: number) => number = () => 2000): Sample[] {
    const made = Array.from({ length: count }, (_, i) => {
      const n = this.samples.length + i;
      return sample(n, to, size(n));
    });
    this.samples.push(...made);
    return made;
  }

  // --- Mailferry

  async prepared(): Promise<Place> {
    this.place ??= await preparePlace(this.db);
    return this.place;
  }

  /** Brings in a company as `import` does. What is not said has a default that lets it work on loopback, quickly. */
  async company({ slug = "contoso", exchange, mailboxes, ...tenant }: CompanyWish): Promise<void> {
    const place = await this.prepared();
    const file = {
      version: 1,
      tenants: [
        {
          slug,
          timeZone: "UTC",
          ...tenant,
          exchange: {
            host: "127.0.0.1",
            postmaster: `postmaster@${slug}.example`,
            retryMinutes: 1,
            timeoutSeconds: 10,
            ...exchange,
          },
          mailboxes: mailboxes.map((mailbox) => ({
            name: mailbox.username,
            protocol: "pop3",
            host: "127.0.0.1",
            tls: "off",
            password: "secret",
            pollSeconds: 30,
            timeoutSeconds: 10,
            recipients: { mode: "single", address: `info@${slug}.example` },
            ...mailbox,
          })),
        },
      ],
    };
    const read = readConfig(stringify(file));
    if (!read.ok) throw new Error(JSON.stringify(read.faults));
    const keys = await readPrivateKeys(place.keyFile);
    const options = { check: false, prune: false, stopped: false, keys, env: {}, now: new Date() };
    const applied = await applyConfig(this.db.owner, read.file, options);
    if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
  }

  /** Delivering stops or goes on, as a person does it; what is being sent goes to its end. */
  async pauseDelivery(paused: boolean): Promise<void> {
    const { rows } = await this.db.owner.pool.query<{ id: string }>("select id from tenant");
    for (const { id } of rows) {
      const scope = mintScope(this.db.owner, id, { kind: "command", name: "chaos" });
      await (paused ? pauseLane(scope, "paused by the test") : resumeLane(scope));
    }
  }

  /** The hour after which a bad mail is tried again is over. */
  async anHourPasses(): Promise<void> {
    await this.db.owner.pool.query(
      "update identity set next_try_at = now() where state = 'bad' and next_try_at > now()",
    );
  }

  /** Polls, retries and probes that are planned are due now, as if their time had come. */
  async timePasses(): Promise<void> {
    const past = "now() - interval '1 second'";
    for (const sql of [
      `update mailbox_state set due_at = ${past} where state = 'active' and lease_token is null`,
      `update recipient set not_before = ${past} where not_before > now()`,
      `update mail set next_attempt_at = ${past} where state = 'ready' and next_attempt_at > now()`,
      `update lane set next_try_at = ${past}, due_at = ${past} where state = 'open' and next_try_at > now()`,
      `update lane set due_at = ${past} where state = 'closed' and due_at > now()`,
    ])
      await this.db.owner.pool.query(sql);
  }

  /** A worker as a process of its own. `env` may hold MAILFERRY_FAILPOINTS. */
  async worker(env: Record<string, string> = {}, within: string[] = []): Promise<WorkerProcess> {
    const worker = startWorker(await this.prepared(), env, { within, source: this.options.source });
    this.workers.add(worker);
    worker.child.once("exit", () => this.workers.delete(worker));
    return worker;
  }

  /** The same, once it says that it runs: what is told to it before that it does not hear yet. */
  async runningWorker(env: Record<string, string> = {}): Promise<WorkerProcess> {
    const worker = await this.worker(env);
    await this.until("the worker runs", () => worker.log().includes("the worker runs"));
    return worker;
  }

  // --- waiting and counting

  until(what: string, condition: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
    return until(what, condition, withinMs).catch(async (error) => {
      const sums = await this.sums().catch(() => []);
      throw new Error(`${error instanceof Error ? error.message : error}; ${JSON.stringify(sums)}`);
    });
  }

  async sums() {
    return (await status(this.db.owner)).tenants;
  }

  /** Throws when collected mail is not in exactly one place. */
  async checkSums(): Promise<void> {
    for (const t of await this.sums()) {
      const all = t.delivered + t.waiting + t.held + t.badmail + t.expired + t.discarded + t.merged + t.deleted;
      if (all !== t.collected) throw new Error(`the sum of ${t.slug} does not hold: ${JSON.stringify(t)}`);
    }
  }

  /**
   * Everything that was put in is collected, nothing waits, and the sources are empty (unless they keep their mail). In the
   * short form planned times come at once; in the long one everything has to happen by itself.
   */
  async allWell(withinMs = 180_000, emptySources = true): Promise<void> {
    let nudged = Date.now();
    const well = async () => {
      if (this.hurried && Date.now() - nudged > 1500) {
        nudged = Date.now();
        await this.timePasses().catch(() => {});
      }
      const tenants = await this.sums();
      const collected = tenants.reduce((sum, t) => sum + t.collected, 0);
      const waiting = tenants.reduce((sum, t) => sum + t.waiting, 0);
      if (collected < this.samples.length || waiting > 0) return false;
      return !emptySources || (await this.atSources()).length === 0;
    };
    await this.until("all mail is where it belongs", well, withinMs);
    await this.checkSums();
  }

  async atSources(): Promise<Buffer[]> {
    return (await Promise.all(this.left.map((mails) => mails()))).flat();
  }

  /** For rows in which one mail rightly arrives more than once (by recipient, or fed back): one arrival of each counts. */
  countOnce(): void {
    this.onlyOnce = true;
  }

  /** `ledger`: what Mailferry has stored counts as kept; a peer has no such place. */
  async count(ledger = true): Promise<Count> {
    const arrived = this.arrived.flatMap((mails) => mails());
    return countMails(ledger ? this.db.owner : null, this.samples, {
      arrived: this.onlyOnce ? firstOfEach(arrived) : arrived,
      left: await this.atSources(),
    });
  }

  /** What the workers that still run have logged last, for a row that failed. */
  logs(): string {
    return [...this.workers].map((worker) => worker.log().slice(-1500)).join("\n");
  }

  async killWorkers(): Promise<void> {
    await Promise.all([...this.workers].map((worker) => worker.kill()));
  }

  async close(): Promise<void> {
    await this.killWorkers();
    for (const close of this.closers.splice(0).reverse()) await close().catch(() => {});
  }
}

const firstOfEach = (mails: Buffer[]): Buffer[] => {
  const seen = new Set<string | null>();
  return mails.filter((raw) => {
    const mark = markInHeader(raw);
    return !seen.has(mark) && seen.add(mark);
  });
};
