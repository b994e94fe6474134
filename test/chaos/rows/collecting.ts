// Rows of mailboxes that are cut off, lie, rename their mails, are locked or very large.
import { dovecotPath } from "../../servers/dovecot";
import type { Pop3Server } from "../../servers/pop3";
import { holdSession } from "../../servers/pop3-session";
import { between } from "../random";
import type { Row } from "../row";
import type { World } from "../world";

const needsDovecot = () =>
  dovecotPath ? null : "Dovecot is not installed (apt-get install dovecot-imapd dovecot-pop3d)";

/** A scripted mailbox with `count` mails, and the company that collects it. */
async function scripted(world: World, count: number, mailbox: object = {}) {
  const server = await world.exchange();
  const source = await world.pop3({ users: { info: "secret" } });
  const mails = world.mails(count);
  for (const { bytes } of mails) source.add("info", bytes);
  await world.company({
    exchange: { port: server.port },
    mailboxes: [{ port: source.port, username: "info", ...mailbox }],
  });
  return { server, source, mails };
}

const used = (source: Pop3Server, command: string) => source.commands.filter((line) => line.startsWith(command)).length;

async function exact(world: World) {
  const { once, doubled } = await world.count();
  if (doubled > 0 || once !== world.samples.length)
    throw new Error(`${once} of ${world.samples.length} arrived once, ${doubled} copies: each had to arrive once`);
}

export const collectingRows: Row[] = [
  {
    number: 3,
    name: "cut between DELE and the reply to QUIT",
    shortSeconds: 30,
    missing: needsDovecot,
    async run(world) {
      // One server forgets what it was told to delete, one deletes and never says so, one is cut anywhere.
      const server = await world.exchange();
      const forgetful = await world.pop3({ users: { forgetful: "secret" } });
      const silent = await world.pop3({ users: { silent: "secret" } });
      const size = world.short ? 12 : 60;
      for (const { bytes } of world.mails(size)) forgetful.add("forgetful", bytes);
      for (const { bytes } of world.mails(size)) silent.add("silent", bytes);
      const mails = world.mails(size).map(({ bytes }) => bytes);
      const dovecot = await world.dovecot({ users: { info: "secret" }, mails: { info: mails } });
      let cuts = world.short ? 4 : 25;
      const proxy = await world.proxy(dovecot.ports.pop3, {
        cutToClient: () => {
          if (cuts-- <= 0) return null;
          world.broke("cut anywhere");
          return between(world.random, 60, 8000);
        },
      });
      forgetful.rude.dropAt = { command: "QUIT", count: 1 };
      silent.rude.dropAtQuit = true;
      await world.company({
        exchange: { port: server.port },
        mailboxes: [
          { port: forgetful.port, username: "forgetful" },
          { port: silent.port, username: "silent" },
          { port: proxy.port, username: "info" },
        ],
      });
      await world.worker();
      await world.until("both QUITs were met", () => used(forgetful, "QUIT") > 0 && used(silent, "QUIT") > 0);
      world.broke("QUIT without an answer", 2);
      delete forgetful.rude.dropAt;
      delete silent.rude.dropAtQuit;
      // A mail that was cut twice counts as a bad one, which is tried again after an hour.
      world.hurried = true;
      const hours = setInterval(() => void world.anHourPasses().catch(() => {}), 2000);
      await world.allWell().finally(() => clearInterval(hours));
      // What was stored before the answer was lost goes by its name and a look at its headers, without being fetched again.
      for (const source of [forgetful, silent])
        if (used(source, "RETR") > size)
          throw new Error(`${used(source, "RETR")} RETR for ${size} mails: fetched again`);
      await exact(world);
    },
  },
  {
    number: 14,
    name: "no UIDL, double UIDLs, a UIDL reused for another mail",
    shortSeconds: 30,
    async run(world) {
      const size = world.short ? 8 : 40;
      const server = await world.exchange();
      const sources: Pop3Server[] = [];
      for (const [n, rude] of [{ noUidl: true }, { sameUidl: "1" }, {}].entries()) {
        const source = await world.pop3({ users: { [`box${n}`]: "secret" }, rude });
        for (const { bytes } of world.mails(size)) source.add(`box${n}`, bytes);
        sources.push(source);
      }
      const [, , reused] = sources;
      await world.company({
        exchange: { port: server.port },
        mailboxes: sources.map(({ port }, n) => ({ port, username: `box${n}` })),
      });
      await world.worker();
      await world.allWell();
      world.broke("no UIDL");
      world.broke("the same UIDL for all");
      // The names of mails that were deleted come again, on others of the same size.
      const old = reused?.deleted.map(({ uid }) => uid) ?? [];
      for (const [n, { bytes }] of world.mails(old.length).entries()) reused?.add("box2", bytes, old[n]);
      world.broke("UIDL reused", old.length);
      await world.allWell();
      await exact(world);
    },
  },
  {
    number: 15,
    name: "UIDL renumbered",
    shortSeconds: 30,
    missing: needsDovecot,
    async run(world) {
      const size = world.short ? 20 : 200;
      const server = await world.exchange();
      const mails = world.mails(size).map(({ bytes }) => bytes);
      const first = await world.dovecot({ users: { info: "secret" }, mails: { info: mails }, uidl: "%08Xu%08Xv" });
      const proxy = await world.proxy(first.ports.pop3);
      await world.company({
        exchange: { port: server.port },
        mailboxes: [{ port: proxy.port, username: "info", after: "keep", renumberLimit: 10 }],
      });
      await world.worker();
      await world.allWell(undefined, false);
      // The provider moves: the same mails under other names, and a few that are new.
      const more = world.mails(5).map(({ bytes }) => bytes);
      const next = await world.dovecot({
        users: { info: "secret" },
        mails: { info: [...mails, ...more] },
        uidl: "%v.%u",
      });
      proxy.target = next.ports.pop3;
      world.broke("every UIDL another", size);
      await world.allWell(undefined, false);
      // The brake: more that are new than the limit.
      const many = Array.from({ length: 12 }, (_, n) => Buffer.from(`Subject: other ${n}\r\n\r\nx${n}\r\n`));
      const third = await world.dovecot({
        users: { info: "secret" },
        mails: { info: [...mails, ...many] },
        uidl: "%u-%v",
      });
      proxy.target = third.ports.pop3;
      world.broke("renumbered with too many new mails");
      await world.until("the mailbox stops and asks", async () => {
        if (world.short) await world.timePasses();
        return (await world.sums()).some(({ mailboxes }) => mailboxes.some(({ state }) => state === "stopped"));
      });
      await exact(world);
    },
  },
  {
    number: 16,
    name: "UIDVALIDITY changed",
    shortSeconds: 30,
    missing: needsDovecot,
    async run(world) {
      const size = world.short ? 20 : 200;
      const server = await world.exchange();
      const mails = world.mails(size).map(({ bytes }) => bytes);
      const first = await world.dovecot({ users: { info: "secret" }, mails: { info: mails } });
      const proxy = await world.proxy(first.ports.imap);
      await world.company({
        exchange: { port: server.port },
        mailboxes: [{ port: proxy.port, protocol: "imap", username: "info", after: "keep" }],
      });
      await world.worker();
      await world.allWell(undefined, false);
      const more = world.mails(5).map(({ bytes }) => bytes);
      // UIDVALIDITY is the time at which Dovecot made the mailbox: another second, another one.
      await new Promise((done) => setTimeout(done, 1100));
      const next = await world.dovecot({ users: { info: "secret" }, mails: { info: [...mails, ...more] } });
      proxy.target = next.ports.imap;
      world.broke("UIDVALIDITY changed");
      await world.allWell(undefined, false);
      await exact(world);
    },
  },
  {
    number: 17,
    name: "mailbox locked by another client",
    shortSeconds: 30,
    missing: needsDovecot,
    async run(world) {
      const server = await world.exchange();
      const mails = world.mails(world.short ? 10 : 50).map(({ bytes }) => bytes);
      const extra = "protocol pop3 {\n  pop3_lock_session = yes\n}\nmbox_lock_timeout = 2 secs\n";
      const source = await world.dovecot({ users: { info: "secret" }, mails: { info: mails }, extra });
      const other = await holdSession(source.ports.pop3, "info", "secret");
      await world.company({
        exchange: { port: server.port },
        mailboxes: [{ port: source.ports.pop3, username: "info", timeoutSeconds: 60 }],
      });
      await world.worker();
      const state = async () => (await world.sums())[0]?.mailboxes[0];
      await world.until("the lock was met", async () => (await state())?.result != null, 120_000);
      const met = await state();
      world.broke(`a second session (${met?.result}: ${met?.lastError ?? ""})`);
      if (met?.result === "refused") throw new Error(`a lock was taken for a wrong password: ${met.lastError}`);
      other.destroy();
      await world.allWell();
      const { rows } = await world.db.owner.pool.query("select kind from notice where kind like 'collecting%'");
      if (rows.length > 0) throw new Error("a passing lock was told to people");
      await exact(world);
    },
  },
  {
    number: 20,
    name: "wrong LIST size, missing final dot",
    shortSeconds: 40,
    async run(world) {
      const { source } = await scripted(world, world.short ? 10 : 40, { timeoutSeconds: 5 });
      source.rude.sizeLie = between(world.random, -900, 900);
      source.rude.noFinalDot = between(world.random, 2, 8);
      const good = await world.pop3({ users: { other: "secret" } });
      for (const { bytes } of world.mails(10)) good.add("other", bytes);
      const { port } = await world.exchange();
      await world.company({
        slug: "fabrikam",
        exchange: { port },
        mailboxes: [{ port: good.port, username: "other" }],
      });
      await world.worker();
      await world.until("the next mailbox goes on", () => good.list("other").length === 0);
      world.broke("a wrong size");
      world.broke("no final dot");
      await world.until("the mail without an end was met twice", () => used(source, "RETR") > 2, 60_000);
      delete source.rude.noFinalDot;
      source.rude.sizeLie = 0;
      await world.allWell();
      await exact(world);
    },
  },
];
