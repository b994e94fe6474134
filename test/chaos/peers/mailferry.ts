// Mailferry itself at the servers of the comparison: one worker, one company, one mailbox.
import { join } from "node:path";
import { rest } from "@/lib/clock";
import { runningServer } from "../../../cli/postgres.mjs";
import type { WorkerProcess } from "../../worker-process";
import type { World } from "../world";
import { descendants, killTree, runs } from "./processes";
import type { Program, Run, Wish } from "./program";

const settings = ({ sourcePort, user, smtpPort, keep, to }: Wish) => ({
  exchange: { port: smtpPort },
  mailboxes: [
    {
      port: sourcePort,
      username: user,
      after: keep ? "keep" : "delete",
      recipients:
        "header" in to
          ? { mode: "headers", domains: [to.domain], headers: [to.header] }
          : { mode: "single", address: to.address },
    },
  ],
});

/** Planned polls and retries come at once, since its peers are run again each second. */
const nudgeMs = 1500;

class Ferry implements Run {
  /** Where Postgres writes each commit down first. */
  get state() {
    return { folder: join(this.world.cluster.folder, "pgdata", "pg_wal"), file: /^[0-9A-F]{24}$/ };
  }
  private worker: WorkerProcess | null = null;
  private polls = 0;
  private lastPoll: string | null = null;
  private stopped = false;

  constructor(private readonly world: World) {}

  async begin(wish: Wish): Promise<this> {
    await this.world.company(settings(wish));
    this.worker = await this.world.worker();
    const nudge = setInterval(() => void this.nudge(), nudgeMs);
    this.world.closeLater(async () => {
      this.stopped = true;
      clearInterval(nudge);
    });
    return this;
  }

  private async nudge() {
    await this.world.timePasses().catch(() => {});
    await this.world.anHourPasses().catch(() => {});
    const [mailbox] = (await this.world.sums().catch(() => []))[0]?.mailboxes ?? [];
    if (!mailbox) return;
    // A mailbox that stopped and asks a person is not polled again.
    if (mailbox.lastPoll !== this.lastPoll || mailbox.state === "stopped") this.polls += 1;
    this.lastPoll = mailbox.lastPoll;
  }

  async kill(what: "the program" | "everything"): Promise<boolean> {
    const { worker } = this;
    if (!worker || worker.child.exitCode !== null || worker.child.signalCode !== null) return false;
    if (what === "everything") await this.killMachine(worker);
    else await worker.kill();
    await rest(1000);
    if (what === "everything") await this.world.cluster.start();
    if (!this.stopped) this.worker = await this.world.worker();
    return true;
  }

  private async killMachine(worker: WorkerProcess) {
    const { pid } = runningServer(this.world.cluster.folder) ?? {};
    if (!pid) throw new Error("the database server does not run");
    const all = [pid, ...descendants(pid)];
    killTree(pid);
    await worker.kill();
    // Where nobody reaps them they stay as zombies, which hold nothing any more.
    for (const end = Date.now() + 2000; all.some(runs) && Date.now() < end; ) await rest(20);
  }

  rounds = () => this.polls;
  unfinished = async () => (await this.world.sums()).some(({ waiting }) => waiting > 0);
  ends = () => [];
  async holds() {
    const of = await this.world.sums().catch(() => []);
    return JSON.stringify(
      of.map(({ collected, waiting, held, badmail, delivered }) => [collected, waiting, held, badmail, delivered]),
    );
  }
}

export const mailferry: Program = {
  name: "Mailferry",
  version: () => "this source",
  shown: (wish) => ({
    command: "npm run worker, with its Postgres (row 9: one of its own, with fsync)",
    configuration: `${JSON.stringify(settings(wish), null, 1).replaceAll('"', "")}\n`,
  }),
  reasons: [
    "everything else is the default of a new company, but for timeouts of 10 s, as its peers have, and a retry interval of 1 minute",
    "polls and retries that are planned come at once, since its peers are run again each second; a lease lasts 5 s and the wait after a lost answer 3 s instead of 60 s and 10 minutes, which makes the rows shorter",
  ],
  softer: [],
  database: true,
  start: (world, wish) => new Ferry(world).begin(wish),
};
