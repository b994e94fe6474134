// What came out, in lines.
import { cpus, release, totalmem } from "node:os";
import type { Load } from "./load";
import type { StepReads } from "./steps";

type Say = (line: string) => void;

const whole = (n: number): string => Math.round(n).toLocaleString("en");

export function machineLine(postgres: string): string {
  const [first] = cpus();
  const model = first?.model.trim() || process.arch;
  return `${cpus().length} × ${model}, ${Math.round(totalmem() / 1024 ** 3)} GB, ${process.platform} ${release()}, Node ${process.versions.node}, Postgres ${postgres}`;
}

/** A step that reads at least so many rows, for each tenant one, goes through all of them. */
export function reportSteps(steps: StepReads[], tenants: number, say: Say): number {
  say(
    `${"rows read by a step (and how often a worker does it)".padEnd(74)} ${"rows".padStart(10)} ${"ms".padStart(8)}  of which tables (… in order)`,
  );
  let many = 0;
  for (const { room, name, every, reads, rows, ms } of steps) {
    const through = rows >= tenants;
    if (through) many += 1;
    const tables = reads
      .slice(0, 4)
      .map(([table, { seq, index }]) => `${table} ${whole(seq + index)}${seq > index ? " …" : ""}`)
      .join(", ");
    say(
      `${through ? "! " : "  "}${`${room}: ${name} (${every})`.padEnd(72)} ${whole(rows).padStart(10)} ${ms.toFixed(1).padStart(8)}  ${tables}`,
    );
  }
  return many;
}

export function reportLoad(load: Load, world: { mailboxes: number; wanted: number; workers: number }, say: Say): void {
  const { seconds, polls, cpu, memory, mailboxClaims, mailClaims, statements } = load;
  const sum = (of: (one: (typeof statements)[number]) => number) => statements.reduce((all, one) => all + of(one), 0);
  const each = (n: number, digits = 1) => (polls === 0 ? "–" : (n / polls).toFixed(digits));
  say(`${whole(seconds)} s, ${world.workers} worker(s):`);
  say(
    `  polls                ${(polls / seconds).toFixed(1)} a second; ${world.wanted.toFixed(1)} would keep up, ${whole(load.waiting.mailboxes)} mailboxes were due at the end`,
  );
  say(
    `  mailboxes claimed    ${(mailboxClaims.rows / seconds).toFixed(1)} a second, ${(mailboxClaims.calls / seconds).toFixed(1)} steps a second`,
  );
  say(
    `  mails claimed        ${(mailClaims.rows / seconds).toFixed(1)} a second, ${(mailClaims.calls / seconds).toFixed(1)} steps a second; ${(load.delivered / seconds).toFixed(1)} mails a second arrived`,
  );
  say(
    `  database, a poll     ${each(sum((one) => one.calls))} statements, ${each(
      sum((one) => one.blocks),
      0,
    )} blocks, ${each(
      sum((one) => one.ms),
      2,
    )} ms of execution, ${each(cpu.database * 1000, 2)} ms of processor time`,
  );
  say(
    `  rows read, a poll    ${each(
      load.reads.reduce((all, [, one]) => all + one.seq + one.index, 0),
      0,
    )}; ${load.reads
      .slice(0, 6)
      .map(([table, one]) => `${table} ${each(one.seq + one.index, 0)}`)
      .join(", ")}`,
  );
  say(
    `  processors           database ${share(cpu.database, cpu.all)}, workers ${share(cpu.workers, cpu.all)}, this bench ${share(cpu.bench, cpu.all)}, others ${share(cpu.others, cpu.all)}`,
  );
  say(
    `  memory               a worker ${memory.busy.toFixed(0)} MB, idle ${memory.idle.toFixed(0)} MB: ${(((memory.busy - memory.idle) * 1024) / world.mailboxes).toFixed(2)} KB for each mailbox`,
  );
  say("  dearest statements   (ms of execution a second, calls a second, blocks a call)");
  for (const one of statements.slice(0, 12))
    say(
      `    ${(one.ms / seconds).toFixed(1).padStart(7)} ${(one.calls / seconds).toFixed(1).padStart(7)} ${(one.blocks / one.calls).toFixed(0).padStart(7)}  ${one.query.replace(/\s+/g, " ").slice(0, 110)}`,
    );
}

const share = (part: number, all: number): string => `${Math.round((100 * Math.max(0, part)) / all)} %`;
