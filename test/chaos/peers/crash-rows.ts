// Rows in which the program, or the machine that it runs on, ends at once.
import type { World } from "../world";
import type { Wish } from "./program";
import { atDovecot, killWhileFetching, killWhileItNotes, needsDovecot, type PeerRow, quiet, toOne } from "./row";

const sessionLost =
  "POP3 deletes at the end of a session (RFC 1939, QUIT): what a killed run had delivered is still in the mailbox";

/** Mails at Dovecot, behind a proxy that counts what came. */
async function mailbox(world: World, count: number, keep = false) {
  const server = await world.exchange({ dotDelayMs: 5 });
  const { source } = await atDovecot(world, count);
  const proxy = await world.proxy(source.ports.pop3);
  const wish: Wish = toOne(proxy.port, server, keep);
  return { wish, source, octets: () => proxy.count.toClient };
}

/** Killed in the middle of what it collects, again and again. */
const killed = (
  about: Pick<PeerRow, "number" | "part" | "name" | "machine">,
  { mails, moment, ...kills }: { mails: number; times: number; what: "everything" | "the program"; moment: string },
): PeerRow => ({
  ...about,
  missing: needsDovecot,
  async run(world, start) {
    const { wish, octets } = await mailbox(world, mails);
    const run = await start(wish);
    await killWhileFetching(world, run, octets, kills);
    await quiet(world, run);
  },
  why: {
    fetchmail: `${sessionLost}, and is fetched and delivered again`,
    getmail: `${sessionLost}, and the list of what was delivered is written at the end of a run: it is fetched and delivered again`,
    Mailferry: behindItsDot(moment),
  },
});

const behindItsDot = (moment: string) =>
  `what was behind its dot at the moment of the ${moment} is sent again, and marked before`;

export const crashRows: PeerRow[] = [
  killed(
    { number: 1, name: "kill -9 of the program while it collects" },
    { mails: 200, times: 6, what: "the program", moment: "kill" },
  ),
  killed(
    {
      number: 9,
      part: "a",
      name: "the machine's crash while it collects: kill -9 of all that runs (no power loss)",
      machine: true,
    },
    { mails: 150, times: 4, what: "everything", moment: "crash" },
  ),
  {
    number: 9,
    part: "b",
    name: "the machine's crash while it writes down what it has, mail is kept (no power loss)",
    machine: true,
    missing: needsDovecot,
    async run(world, start) {
      const { wish, source, octets } = await mailbox(world, 20, true);
      const run = await start(wish);
      for (let n = 0; n < 4; n += 1) {
        await killWhileItNotes(world, run, octets);
        for (const { bytes } of world.mails(20)) await source.add("info", bytes);
      }
      await quiet(world, run);
    },
    why: {
      fetchmail: "the list of a run was not yet in place: all that it had delivered is new to the next one",
      getmail: "the list of a run was not yet in place: all that it had delivered is new to the next one",
      Mailferry: behindItsDot("crash"),
    },
  },
];
