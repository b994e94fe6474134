// Rows of a worker that dies or freezes: while it fetches, between the doors, around the dot.
import { between } from "../random";
import type { Row } from "../row";
import type { World } from "../world";
import { noCopies } from "./common";

/** One company at Dovecot and a recording server, with `count` mails in its mailbox. */
async function oneCompany(world: World, count: number, options: { dotDelayMs?: number; exchange?: object } = {}) {
  const server = await world.exchange({ dotDelayMs: options.dotDelayMs ?? 0 });
  const mails = world.mails(count, undefined, (n) => (n % 40 === 7 ? 1_500_000 : 2500));
  const source = await world.dovecot({ users: { info: "secret" }, mails: { info: mails.map(({ bytes }) => bytes) } });
  await world.company({
    exchange: { port: server.port, ...options.exchange },
    mailboxes: [{ port: source.ports.pop3, username: "info", maxPerPoll: 25 }],
  });
  return { server, source };
}

/** Copies can come from mail that is being sent: where the row is about collecting none is, until all is collected. */
async function whilePaused(world: World, work: () => Promise<void>) {
  await world.pauseDelivery(true);
  await work();
  await world.until("all is collected", async () => {
    const tenants = await world.sums();
    return tenants.reduce((sum, t) => sum + t.collected, 0) >= world.samples.length;
  });
  await world.pauseDelivery(false);
}

/** Workers that die at a fail point, one after another, then one that lives. */
async function dyingAt(world: World, failPoints: string[], what: string) {
  for (const failPoint of failPoints) {
    const worker = await world.worker({ MAILFERRY_FAILPOINTS: failPoint });
    await world.until(`the worker dies at ${failPoint}`, () => worker.child.signalCode === "SIGKILL");
    world.broke(what);
  }
  await world.worker();
}

const passes = (world: World, rounds: number, low: number, high: number) =>
  Array.from({ length: world.short ? Math.min(2, rounds) : rounds }, () => between(world.random, low, high));

export const workerRows: Row[] = [
  {
    number: 1,
    name: "kill -9 during fetch",
    shortSeconds: 30,
    async run(world) {
      await oneCompany(world, world.short ? 60 : 400);
      const points = ["intake.before=crash@2", ...passes(world, 8, 3, 20).map((n) => `fetched=crash@${n}`)];
      await whilePaused(world, () => dyingAt(world, points, "kill -9"));
      await world.allWell();
      await noCopies(world);
    },
  },
  {
    number: 2,
    name: "kill -9 after commit, before DELE",
    shortSeconds: 25,
    async run(world) {
      const server = await world.exchange();
      const mails = world.mails(world.short ? 20 : 100);
      const source = await world.pop3({ users: { info: "secret" } });
      for (const { bytes } of mails) source.add("info", bytes);
      await world.company({
        exchange: { port: server.port },
        mailboxes: [{ port: source.port, username: "info", maxPerPoll: 25 }],
      });
      const points = ["intake.after=crash", "delete.before=crash"];
      await whilePaused(world, () => dyingAt(world, points, "kill -9"));
      await world.allWell();
      const fetched = source.commands.filter((line) => line.startsWith("RETR")).length;
      if (fetched > mails.length + 25) throw new Error(`${fetched} RETR for ${mails.length} mails: fetched again`);
      await noCopies(world);
    },
  },
  {
    number: 4,
    name: "kill -9 before the dot",
    shortSeconds: 25,
    async run(world) {
      // One connection: the others could be behind their dot at that moment.
      const wish = { exchange: { maxConnections: 1 } };
      const { server } = await oneCompany(world, world.short ? 30 : 200, wish);
      // Never the first mail: the one that a worker died with is the first of the next, and is set aside after three.
      const at = world.short ? passes(world, 2, 2, 3) : passes(world, 6, 2, 10);
      await dyingAt(
        world,
        at.flatMap((n) => [`claim.after=crash@${n}`, `dot-pending.before=crash@${n}`]),
        "kill -9",
      );
      await world.allWell();
      await onlyAnswered(world, at.length * 2);
      if (server.mails.length < world.samples.length) throw new Error("not all arrived");
    },
  },
  {
    number: 6,
    name: "kill -9 between 250 and commit",
    shortSeconds: 30,
    async run(world) {
      await oneCompany(world, world.short ? 30 : 200);
      const points = (world.short ? passes(world, 2, 1, 3) : passes(world, 8, 1, 12)).map(
        (n) => `outcome.before=crash@${n}`,
      );
      await dyingAt(world, points, "kill -9");
      await world.allWell();
      const { doubled } = await world.count();
      // A lane has up to five connections: each may be between its 250 and the commit.
      if (doubled > points.length * 5) throw new Error(`${doubled} copies after ${points.length} kills`);
    },
  },
];

/**
 * A mail that was before its dot has no copy. The one before it on this connection may: its 250 is here, and is being written while the
 * next mail is on its way; then at most one for each time the worker ended.
 */
async function onlyAnswered(world: World, ends: number): Promise<void> {
  const { doubled } = await world.count();
  if (doubled > ends) throw new Error(`${doubled} copies after ${ends} kills of one connection`);
  const { rows } = await world.db.owner.pool.query(
    `select 1 from mail m where m.possible_copies > 0
       and not exists (select 1 from attempt a where a.tenant_id = m.tenant_id and a.mail_id = m.id and a.outcome = 'uncertain')`,
  );
  if (rows.length > 0) throw new Error(`${rows.length} mails are marked as copies that were never at their dot`);
}
