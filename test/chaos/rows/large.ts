// Rows of much: fifty thousand mails in one mailbox, a mail of hundreds of megabytes, a company with a long queue.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { rest } from "@/lib/clock";
import { dovecotPath } from "../../servers/dovecot";
import type { WorkerProcess } from "../../worker-process";
import type { Row } from "../row";
import type { World } from "../world";

const needsDovecot = () =>
  dovecotPath ? null : "Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)";
const needsProc = () => (process.platform === "linux" ? null : "memory is read from /proc, which only Linux has");

/** The most memory that a process had so far, in MB. */
const peakOf = (worker: WorkerProcess): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${worker.child.pid}/status`, "utf8"))?.[1] ?? 0) / 1024;

export const largeRows: Row[] = [
  {
    number: 18,
    name: "50,000 mails in one mailbox",
    shortSeconds: 40,
    missing: () => needsDovecot() ?? needsProc(),
    async run(world) {
      const count = world.short ? 1500 : 50_000;
      const server = await world.exchange();
      const source = await world.dovecot({ users: { info: "secret" } });
      const made = world.mails(count, undefined, () => 1500);
      const folder = join(source.folder, "mail", "info", "new");
      for (const [n, { bytes }] of made.entries())
        await writeFile(join(folder, `${1_700_000_000 + n}.M${n}P1.test`), bytes);
      if (process.getuid?.() === 0) execFileSync("chown", ["-R", "nobody:nogroup", folder]);
      await world.company({
        exchange: { port: server.port },
        mailboxes: [{ port: source.ports.pop3, username: "info", maxPerPoll: 1000, timeoutSeconds: 120 }],
      });
      const first = await world.worker();
      await world.until("a part is there", () => server.mails.length > count / 10, 300_000);
      const peaks = [peakOf(first)];
      await first.kill();
      world.broke("kill -9 in the middle");
      const second = await world.worker();
      await world.allWell(1_800_000);
      peaks.push(peakOf(second));
      world.notes.push(`the workers' memory peaked at ${peaks.map((mb) => `${mb.toFixed(0)} MB`).join(" and ")}`);
      if (Math.max(...peaks) > 300) throw new Error(`${Math.max(...peaks).toFixed(0)} MB: 300 MB is the limit`);
    },
  },
  {
    number: 19,
    name: "one mail of 400 MB",
    shortSeconds: 40,
    missing: () => needsDovecot() ?? needsProc(),
    async run(world) {
      const megabytes = world.short ? 40 : 400;
      const server = await world.exchange({ sizeLimit: 1_000_000_000 });
      const source = await world.dovecot({ users: { info: "secret" } });
      const mark = "mark-0-info.contoso.example";
      const head = `Return-Path: <a@elsewhere.example>\r\nSubject: number 0\r\nMessage-ID: <${mark}@x.example>\r\nX-Mark: ${mark}\r\n\r\n`;
      const line = Buffer.from(`${"0123456789abcdef".repeat(4)}\r\n`);
      const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(megabytes * 1_000_000, line), Buffer.from("\r\n")]);
      world.samples.push({ mark, to: "info@contoso.example", bytes, expected: bytes });
      const small = world.mails(5);
      const box = join(source.folder, "mail", "info");
      await writeFile(join(box, "tmp", "big"), bytes);
      await rename(join(box, "tmp", "big"), join(box, "new", "1700000000.M0P1.test"));
      for (const { bytes: other } of small) await source.add("info", other);
      if (process.getuid?.() === 0) execFileSync("chown", ["-R", "nobody:nogroup", box]);
      await world.company({
        exchange: { port: server.port, timeoutSeconds: 120 },
        mailboxes: [{ port: source.ports.pop3, username: "info", timeoutSeconds: 120 }],
      });
      const worker = await world.runningWorker();
      const before = peakOf(worker);
      world.broke(`${megabytes} MB in one mail`);
      await world.allWell(600_000);
      const more = peakOf(worker) - before;
      world.notes.push(`the worker's memory rose by ${more.toFixed(0)} MB`);
      if (more > 128) throw new Error(`the worker's memory rose by ${more.toFixed(0)} MB`);
    },
  },
  {
    number: 31,
    name: "a tenant with 10,000 waiting",
    shortSeconds: 40,
    async run(world) {
      const count = world.short ? 1000 : 10_000;
      const alone = await delaysOf(world, "alone");
      // In the short form nothing is timed: the others have to be served while a server that is in no hurry keeps the queue long.
      const slow = await world.exchange({ dotDelayMs: world.short ? 3000 : 250 });
      const heavy = await world.pop3({ users: { heavy: "secret" } });
      for (const { bytes } of world.mails(count, "info@heavy.example", () => 500)) heavy.add("heavy", bytes);
      await world.company({
        slug: "heavy",
        exchange: { port: slow.port },
        mailboxes: [{ port: heavy.port, username: "heavy", maxPerPoll: count }],
      });
      // All of it waits before any of it goes: what delays the others is the queue then, not that a mailbox is being collected.
      await world.pauseDelivery(true);
      await world.until(
        "the queue is long",
        async () => {
          const [tenant] = (await world.sums()).filter(({ slug }) => slug === "heavy");
          const { rows } = await world.db.owner.pool.query("select 1 from mail where state = 'received' limit 1");
          return tenant?.waiting === count && rows.length === 0;
        },
        300_000,
      );
      await world.pauseDelivery(false);
      world.broke("mails in one queue", count);
      const beside = await delaysOf(world, "beside");
      const waiting = (await world.sums()).find(({ slug }) => slug === "heavy")?.waiting ?? 0;
      if (waiting < count / 2) throw new Error(`only ${waiting} still waited when the others were served`);
      world.notes.push(`p95 of the others' delay: ${alone.toFixed(0)} ms alone, ${beside.toFixed(0)} ms beside it`);
      // What the clock and two cores make of a few milliseconds is no delay that anybody has.
      if (!world.short && beside > alone * 1.2 + 50)
        throw new Error(`p95 rose from ${alone.toFixed(0)} to ${beside.toFixed(0)} ms`);
      slow.options.dotDelayMs = 0;
      await world.allWell(600_000);
    },
  },
];

/**
 * 95th percentile of the time from collected to accepted, for a company with a little mail again and again: of three parts the
 * middle one, since a moment in which the machine stood still is no delay that a neighbour causes.
 */
async function delaysOf(world: World, slug: string): Promise<number> {
  const server = await world.exchange();
  const source = await world.pop3({ users: { [slug]: "secret" } });
  await world.company({
    slug,
    exchange: { port: server.port },
    mailboxes: [{ port: source.port, username: slug }],
  });
  if (slug === "alone") await world.runningWorker();
  for (let round = 1; round <= (world.short ? 4 : 30); round += 1) {
    for (const { bytes } of world.mails(5, `info@${slug}.example`)) source.add(slug, bytes);
    await world.db.owner.pool.query(
      "update mailbox_state s set due_at = now() from mailbox b where b.id = s.mailbox_id and b.name = $1 and s.state = 'active'",
      [slug],
    );
    await world.until("the round is there", () => server.mails.length === round * 5);
    await rest(200);
  }
  const { rows } = await world.db.owner.pool.query<{ ms: number }>(
    `with mails as (select m.settled_at - m.collected_at as took, ntile(3) over (order by m.seq) as part
       from mail m join tenant t on t.id = m.tenant_id where t.slug = $1),
     parts as (select percentile_cont(0.95) within group (order by took) as took from mails group by part)
     select (extract(epoch from percentile_cont(0.5) within group (order by took)) * 1000)::float8 as ms from parts`,
    [slug],
  );
  return rows[0]?.ms ?? 0;
}
