// Who is measured when, and with how many mails: in turn, so that what changes on the machine meanwhile meets all of them.
import type { Contender } from "./contender";
import { type Figures, measure, type Wish } from "./measure";
import type { Result } from "./rates";
import { harmed, table, titleOf } from "./report";
import type { Scenario } from "./scenarios";

export interface Order {
  times: number;
  quick: boolean;
  connections: number;
  profile: string | null;
  say(line: string): void;
}

/** With --quick: after so long nothing more begins, and one run takes at most so long. */
const quickly = { allMs: 17 * 60_000, rivalMs: 45_000, ferryMs: 120_000 };
/** So long a rival carries, about: more would say the same. */
const rivalSeconds = 60;
/** A rival's first try has so many mails (or idle mailboxes), if that is far fewer than all. */
const trial = { share: 0.2, count: 100 };

/** Mailferry's runs, and in how many of them it did harm. */
export async function runAll(
  scenarios: Scenario[],
  here: Contender[],
  order: Order,
): Promise<{ runs: number; harm: number }> {
  const { say } = order;
  const began = Date.now();
  const late = () => order.quick && Date.now() - began > quickly.allMs;
  const known = new Map<string, Result[]>();
  const tables: string[] = [];
  const own: Figures[] = [];
  for (const scenario of scenarios) {
    const fit = here.filter((contender) => {
      const unfit = contender.unfit(scenario);
      const sort = isFerry(contender) ? "left out" : "not comparable";
      if (unfit) say(`${scenario.id}, ${contender.name}: ${sort}, ${unfit}.`);
      return unfit === null;
    });
    const results = await oneScenario(scenario, fit, order, late);
    known.set(scenario.id, results);
    own.push(...results.filter(isFerry).flatMap(({ all }) => all));
    if (results.length === 0) continue;
    tables.push(table(scenario, results, known));
    say(`\n${tables.at(-1)}\n`);
  }
  if (tables.length > 1) say(`All together:\n\n${tables.join("\n\n")}\n`);
  return { runs: own.length, harm: own.filter(harmed).length };
}

async function oneScenario(
  scenario: Scenario,
  contenders: Contender[],
  order: Order,
  late: () => boolean,
): Promise<Result[]> {
  const { say, times } = order;
  const entries = contenders.map((contender) => ({ contender, given: scenario, all: [] as Figures[] }));
  for (const entry of entries) {
    if (late() || !mayBeFewer(scenario, entry.contender)) continue;
    const few = sizedTo(scenario, Math.max(scenario.kind === "idle" ? 0 : scenario.mailboxes, trial.count));
    say(`${titleOf(few)}, a trial: ${entry.contender.name} …`);
    const tried = await measure(entry.contender, few, wishOf(entry.contender, scenario, order));
    entry.given = sizedTo(scenario, enough(scenario, tried));
  }
  for (let n = 1; n <= times; n += 1)
    for (const { contender, given, all } of entries) {
      if (late()) {
        say(`Left out for want of time: ${scenario.id}, ${contender.name}.`);
        continue;
      }
      say(`${titleOf(given)}, ${n} of ${times}: ${contender.name} …`);
      all.push(await measure(contender, given, wishOf(contender, scenario, order)));
    }
  return entries.filter(({ all }) => all.length > 0).map(({ contender, all }) => ({ name: contender.name, all }));
}

const isFerry = ({ name }: { name: string }) => name === "mailferry";

const countOf = ({ kind, mailboxes, mails }: Scenario): number => (kind === "idle" ? mailboxes : mails);

const sizedTo = (scenario: Scenario, count: number): Scenario =>
  scenario.kind === "idle" ? { ...scenario, mailboxes: count } : { ...scenario, mails: count };

/** Where a rival's time is what counts, and not its rate, it gets all. */
function mayBeFewer(scenario: Scenario, contender: Contender): boolean {
  if (isFerry(contender) || scenario.servers > 1) return false;
  const least = scenario.kind === "idle" ? trial.count : Math.max(scenario.mailboxes, trial.count);
  return least < countOf(scenario) * trial.share;
}

/** As many as it carries (or looks at) in about a minute, by its own rate. */
function enough(scenario: Scenario, { scenario: few, seconds, arrived, told }: Figures): number {
  const took = seconds ?? arrived;
  const done = few.kind === "idle" ? few.mailboxes : told.expected - told.missing;
  if (took === null || took <= 0 || done === 0) return countOf(few);
  return Math.min(countOf(scenario), Math.max(countOf(few), Math.round((done / took) * rivalSeconds)));
}

function wishOf(contender: Contender, scenario: Scenario, { quick, connections, profile, say }: Order): Wish {
  const quickMs = isFerry(contender) ? quickly.ferryMs : quickly.rivalMs;
  return { connections, profile, say, limitMs: Math.min(scenario.limitMs, quick ? quickMs : scenario.limitMs) };
}
