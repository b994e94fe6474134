// Rows of a mailbox that is cut off, names its mails anew, is locked, or sends a mail without an end.
import { rest } from "@/lib/clock";
import { holdSession } from "../../servers/pop3-session";
import type { World } from "../world";
import { arrivals, atDovecot, needsDovecot, type PeerRow, quiet, toOne } from "./row";

async function scripted(world: World, count: number, uid?: (n: number) => string) {
  const server = await world.exchange();
  const source = await world.pop3({ users: { info: "secret" } });
  for (const [n, { bytes }] of world.mails(count).entries()) source.add("info", bytes, uid?.(n));
  return { server, source };
}

/**
 * Ten mails are collected and gone, a listing without them was seen, and ten others have their names. Where mail is kept, one
 * mail stays all the time: a mailbox with nothing in it is not always listed.
 */
async function reuse(world: World, { keep }: { keep: boolean }, start: Parameters<PeerRow["run"]>[1]) {
  const { server, source } = await scripted(world, 10, (n) => `u${n}`);
  if (keep) for (const { bytes } of world.mails(1)) source.add("info", bytes, "stays");
  const run = await start(toOne(source.port, server, keep));
  await quiet(world, run);
  const takeAway = () => {
    for (let n = 0; n < 10; n += 1) source.take("info", `u${n}`);
  };
  takeAway();
  const rounds = run.rounds();
  await world.until("a listing without them was seen", () => run.rounds() > rounds + 2);
  for (const [n, { bytes }] of world.mails(10).entries()) source.add("info", bytes, `u${n}`);
  world.broke("UIDL reused for another mail", 10);
  await quiet(world, run);
  if (keep) takeAway();
}

const seenFor30Days = "its list of seen UIDLs keeps a name for 30 days after the mail is gone: a new mail of that name";
const onlyNames = "a mail is known by its UIDL alone: under other names all of them are new";

export const collectingRows: PeerRow[] = [
  {
    number: 3,
    name: "cut at QUIT, nothing was deleted",
    async run(world, start) {
      const { server, source } = await scripted(world, 20);
      source.rude.dropAt = { command: "QUIT", count: 1 };
      const run = await start(toOne(source.port, server));
      await world.until("QUIT was met", () => source.commands.some((line) => line.startsWith("QUIT")));
      world.broke("QUIT without an answer");
      delete source.rude.dropAt;
      await quiet(world, run);
    },
    why: {},
  },
  {
    number: 14,
    part: "a",
    name: "UIDL reused for another mail, collected mail is deleted",
    run: (world, start) => reuse(world, { keep: false }, start),
    why: { getmail: `${seenFor30Days} is taken for the old one, and is deleted without being fetched` },
  },
  {
    number: 14,
    part: "b",
    name: "UIDL reused for another mail, mail is kept; later somebody takes it away",
    run: (world, start) => reuse(world, { keep: true }, start),
    why: { getmail: `${seenFor30Days} is not fetched as long as it is there` },
  },
  {
    number: 15,
    name: "UIDL renumbered, mail is kept",
    missing: needsDovecot,
    async run(world, start) {
      const server = await world.exchange();
      const { mails, source } = await atDovecot(world, 20, { uidl: "%08Xu%08Xv" });
      const proxy = await world.proxy(source.ports.pop3);
      const run = await start(toOne(proxy.port, server, true));
      await quiet(world, run);
      const next = await world.dovecot({ users: { info: "secret" }, mails: { info: mails }, uidl: "%v.%u" });
      proxy.target = next.ports.pop3;
      world.broke("every UIDL another", 20);
      await quiet(world, run);
    },
    why: { fetchmail: onlyNames, getmail: onlyNames },
  },
  {
    number: 17,
    name: "mailbox locked by another client",
    missing: needsDovecot,
    async run(world, start) {
      const server = await world.exchange();
      const extra = "protocol pop3 {\n  pop3_lock_session = yes\n}\nmbox_lock_timeout = 2 secs\n";
      const { source } = await atDovecot(world, 20, { extra });
      const other = await holdSession(source.ports.pop3, "info", "secret");
      const run = await start(toOne(source.ports.pop3, server));
      await rest(20_000);
      world.broke("locked for 20 s");
      world.notes.push(`while it was locked: ${[...run.ends(), `${arrivals(world)} arrived`].join(", ")}`);
      other.destroy();
      await quiet(world, run);
    },
    why: {},
  },
  {
    number: 20,
    name: "a mail without its final dot, a wrong size in LIST",
    async run(world, start) {
      const { server, source } = await scripted(world, 10);
      Object.assign(source.rude, { noFinalDot: 3, sizeLie: 400 });
      const whole = () => source.commands.filter((line) => /^(RETR|TOP) 3( [1-9]|$)/.test(line)).length;
      const run = await start(toOne(source.port, server));
      await world.until("it was met twice", () => whole() > 1, 90_000);
      world.broke("no final dot");
      world.notes.push(`the mail without an end was asked for ${whole()} times, ${arrivals(world)} had arrived`);
      delete source.rude.noFinalDot;
      source.rude.sizeLie = 0;
      await quiet(world, run);
    },
    why: {
      getmail: "the session breaks off at this mail: what was delivered before it is still there, and comes again",
    },
  },
];
