// What became of every recipient of every mail, where the server takes some of them and refuses others.
import { type Count, markInHeader } from "../count";
import type { World } from "../world";

/** Who each mail is for, by its mark. */
export type Recipients = Map<string, string[]>;

/**
 * A recipient that neither got the mail nor is known to be left (in the mailbox, waiting, in BADMAIL), and of which the
 * postmaster was not told either, is lost.
 */
export async function recipientsCounted(world: World, to: Recipients, database: boolean): Promise<Count> {
  const { changed, words } = await world.count(database);
  const count: Count = {
    in: 0,
    once: 0,
    kept: 0,
    doubled: 0,
    marked: 0,
    lost: 0,
    changed,
    words: changed ? words : [],
  };
  const ends = await endsOf(world, database);
  const instead = { "the whole mail went to the postmaster instead": 0, "the postmaster was told by a bounce": 0 };
  for (const [mark, addresses] of to)
    for (const address of addresses) {
      const got = ends.arrived.filter((one) => one.mark === mark && one.recipients.includes(address)).length;
      count.in += 1;
      if (got === 1) count.once += 1;
      else if (got > 1) count.doubled += got - 1;
      else if (ends.kept(mark, address)) count.kept += 1;
      else if (ends.atPostmaster(mark)) {
        count.kept += 1;
        instead["the whole mail went to the postmaster instead"] += 1;
      } else if (ends.told(mark, address)) {
        count.kept += 1;
        instead["the postmaster was told by a bounce"] += 1;
      } else {
        count.lost += 1;
        count.words.push(`${address} of ${mark}`);
      }
    }
  for (const [what, times] of Object.entries(instead)) if (times > 0) world.notes.push(`${times} kept: ${what}`);
  return count;
}

async function endsOf(world: World, database: boolean) {
  const mails = world.exchanges.flatMap((server) => server.mails);
  const arrived = mails.map(({ raw, recipients }) => ({ mark: markInHeader(raw), recipients }));
  const bounces = mails.filter(({ raw }) => markInHeader(raw) === null).map(({ raw }) => raw.toString("latin1"));
  const left = new Set((await world.atSources()).map(markInHeader));
  const stored = database ? await storedByMailferry(world) : new Set<string>();
  return {
    arrived,
    kept: (mark: string, address: string) =>
      left.has(mark) || stored.has(`${/^mark-(\d+)-/.exec(mark)?.[1]} ${address}`),
    atPostmaster: (mark: string) =>
      arrived.some((one) => one.mark === mark && one.recipients.some((who) => who.startsWith("postmaster"))),
    told: (mark: string, address: string) =>
      bounces.some((text) => text.includes(`X-Mark: ${mark}\r\n`) && text.includes(address)),
  };
}

async function storedByMailferry(world: World): Promise<Set<string>> {
  const { rows } = await world.db.owner.pool.query<{ subject: string; address: string }>(
    `select m.subject, r.address from recipient r join mail m on m.tenant_id = r.tenant_id and m.id = r.mail_id
     where m.kind = 'collected' and r.place in ('waiting', 'held', 'badmail')`,
  );
  return new Set(rows.map(({ subject, address }) => `${/number (\d+)/.exec(subject)?.[1]} ${address}`));
}
