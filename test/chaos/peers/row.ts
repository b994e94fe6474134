// A row of the comparison: one fault, in the same form for every program, and what the rows have in common.
import { watch } from "node:fs";
import { rest } from "@/lib/clock";
import { dovecotPath } from "../../servers/dovecot";
import type { ExchangeServer } from "../../servers/exchange";
import type { Count } from "../count";
import { between } from "../random";
import type { World } from "../world";
import type { Run, Wish } from "./program";

export interface PeerRow {
  number: number;
  /** where a row of the matrix has two forms here */
  part?: "a" | "b";
  name: string;
  /** a database server of its own, for a program that has one */
  machine?: boolean;
  /** why it can't be run on this machine, or with this program */
  missing?(program: string): string | null;
  run(world: World, start: (wish: Wish) => Promise<Run>): Promise<void>;
  /** where not mails are counted, but their recipients */
  count?(world: World, database: boolean): Promise<Count>;
  /** how harm comes to be, by program: shown where some was counted */
  why: Partial<Record<string, string>>;
}

export const labelOf = ({ number, part }: PeerRow): string => `${number}${part ?? ""}`;

export const needsDovecot = () =>
  dovecotPath ? null : "Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)";

export const toOne = (sourcePort: number, server: ExchangeServer, keep = false): Wish => ({
  sourcePort,
  user: "info",
  smtpPort: server.port,
  keep,
  to: { address: "info@contoso.example" },
});

export async function atDovecot(world: World, count: number, more: { uidl?: string; extra?: string } = {}) {
  const mails = world.mails(count).map(({ bytes }) => bytes);
  return { mails, source: await world.dovecot({ users: { info: "secret" }, mails: { info: mails }, ...more }) };
}

/** Mails that came over the wire so far, copies too. */
export const arrivals = (world: World): number => world.exchanges.reduce((sum, { mails }) => sum + mails.length, 0);

/**
 * Nothing changed for 8 seconds and three rounds: what the program does by itself is done. `final`: and nothing waits with it
 * that it will try again.
 */
export async function quiet(world: World, run: Run, final: "final" | "meanwhile" = "final"): Promise<void> {
  let seen = "";
  let since = 0;
  let round = 0;
  for (const end = Date.now() + 180_000; Date.now() < end; await rest(300)) {
    const now = [arrivals(world), (await world.atSources()).length, await run.holds()].join("/");
    const moves = now !== seen || (final === "final" && (await run.unfinished().catch(() => true)));
    if (moves) {
      since = Date.now();
      round = run.rounds();
    }
    seen = now;
    if (Date.now() - since > 8000 && run.rounds() >= round + 3) return;
  }
  world.notes.push("after 3 minutes it still was not at rest");
}

/** Kills it, again and again, each time after so many octets more came from the mailbox, until there is nothing more. */
export async function killWhileFetching(
  world: World,
  run: Run,
  octets: () => number,
  { times, what }: { times: number; what: "the program" | "everything" },
): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const goal = octets() + between(world.random, 8_000, 40_000);
    for (const end = Date.now() + 20_000; octets() < goal; await rest(2)) if (Date.now() > end) return;
    if (await run.kill(what)) world.broke(`kill -9 of ${what}`);
  }
}

/**
 * Kills everything at the moment at which the file changes in which the program writes down what it knows, once some of the
 * mails came that it has to write down.
 */
export async function killWhileItNotes(world: World, run: Run, octets: () => number): Promise<void> {
  const goal = octets() + 8000;
  for (const end = Date.now() + 30_000; octets() < goal; await rest(2)) if (Date.now() > end) return;
  if (!(await changes(run.state.folder, run.state.file, 30_000))) return;
  if (await run.kill("everything")) world.broke("kill -9 of everything while it notes its state");
}

function changes(folder: string, file: RegExp, withinMs: number): Promise<boolean> {
  return new Promise((done) => {
    const watcher = watch(folder, (_event, name) => {
      if (name !== null && file.test(name)) answer(true);
    });
    const timer = setTimeout(() => answer(false), withinMs);
    const answer = (seen: boolean) => {
      clearTimeout(timer);
      watcher.close();
      done(seen);
    };
  });
}
