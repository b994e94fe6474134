// The rows that fit a peer: the same fault against fetchmail or getmail6, counted in the same way. What a peer leaves at its
// source or has on its disk counts as kept; what is in neither place and did not arrive is lost.
import { rest } from "@/lib/clock";
import { dovecotPath } from "../../servers/dovecot";
import type { ExchangeServer } from "../../servers/exchange";
import { between } from "../random";
import type { World } from "../world";
import { type Peer, PeerRun, type PeerWish } from "./peer";

export interface PeerRow {
  number: number;
  name: string;
  run(world: World, start: (wish: PeerWish) => PeerRun): Promise<void>;
}

/** What the rounds of a peer can still move is moved: nothing changed for so long. */
async function quiet(world: World, server: ExchangeServer, run: PeerRun, forMs = 8000): Promise<void> {
  let seen = "";
  let since = Date.now();
  for (const end = Date.now() + 180_000; Date.now() < end && Date.now() - since < forMs; await rest(300)) {
    const now = `${server.mails.length}/${(await world.atSources()).length}/${run.rounds > 0}`;
    if (now !== seen) since = Date.now();
    seen = now;
  }
}

const wishOf = (sourcePort: number, server: ExchangeServer, more: Partial<PeerWish> = {}): PeerWish => ({
  protocol: "pop3",
  sourcePort,
  user: "info",
  smtpPort: server.port,
  keep: false,
  ...more,
});

async function atDovecot(world: World, count: number, uidl?: string) {
  if (!dovecotPath) throw new Error("Dovecot is not installed");
  const mails = world.mails(count).map(({ bytes }) => bytes);
  return {
    mails,
    source: await world.dovecot({ users: { info: "secret" }, mails: { info: mails }, ...(uidl ? { uidl } : {}) }),
  };
}

export const peerRows: PeerRow[] = [
  {
    number: 1,
    name: "kill -9 during fetch",
    async run(world, start) {
      const server = await world.exchange({ dotDelayMs: 5 });
      const { source } = await atDovecot(world, 150);
      const run = start(wishOf(source.ports.pop3, server));
      for (let n = 0; n < 8; n += 1) {
        await rest(between(world.random, 300, 1500));
        if (run.kill()) world.broke("kill -9");
      }
      await quiet(world, server, run);
    },
  },
  {
    number: 3,
    name: "cut between DELE and the reply to QUIT",
    async run(world, start) {
      const server = await world.exchange();
      const source = await world.pop3({ users: { info: "secret" } });
      for (const { bytes } of world.mails(20)) source.add("info", bytes);
      source.rude.dropAt = { command: "QUIT", count: 1 };
      const run = start(wishOf(source.port, server));
      await world.until("QUIT was met", () => source.commands.some((line) => line.startsWith("QUIT")), 30_000);
      world.broke("QUIT without an answer, nothing deleted");
      delete source.rude.dropAt;
      await quiet(world, server, run);
    },
  },
  {
    number: 5,
    name: "connection lost after the dot",
    async run(world, start) {
      const server = await world.exchange({ loseAnswers: 3 });
      const { source } = await atDovecot(world, 20);
      const run = start(wishOf(source.ports.pop3, server));
      await quiet(world, server, run);
      world.broke("stored and hung up", 3 - server.options.loseAnswers);
    },
  },
  {
    number: 14,
    name: "a UIDL reused for another mail, mail is kept",
    async run(world, start) {
      const server = await world.exchange();
      const source = await world.pop3({ users: { info: "secret" } });
      const first = world.mails(10);
      for (const [n, { bytes }] of first.entries()) source.add("info", bytes, `u${n}`);
      const run = start(wishOf(source.port, server, { keep: true }));
      await quiet(world, server, run);
      // Somebody else takes them away, and a listing without them is seen: the names are free.
      for (let n = 0; n < 10; n += 1) source.take("info", `u${n}`);
      const rounds = run.rounds;
      await world.until("a listing without them was seen", () => run.rounds > rounds + 1, 30_000);
      for (const [n, { bytes }] of world.mails(10).entries()) source.add("info", bytes, `u${n}`);
      world.broke("UIDL reused", 10);
      await quiet(world, server, run);
      for (let n = 0; n < 10; n += 1) source.take("info", `u${n}`);
    },
  },
  {
    number: 15,
    name: "UIDL renumbered, mail is kept",
    async run(world, start) {
      const server = await world.exchange();
      const { mails, source } = await atDovecot(world, 20, "%08Xu%08Xv");
      const proxy = await world.proxy(source.ports.pop3);
      const run = start(wishOf(proxy.port, server, { keep: true }));
      await quiet(world, server, run);
      const next = await world.dovecot({ users: { info: "secret" }, mails: { info: mails }, uidl: "%v.%u" });
      proxy.target = next.ports.pop3;
      world.broke("every UIDL another", 20);
      await quiet(world, server, run);
    },
  },
  {
    number: 20,
    name: "missing final dot",
    async run(world, start) {
      const server = await world.exchange();
      const source = await world.pop3({ users: { info: "secret" }, rude: { noFinalDot: 3 } });
      for (const { bytes } of world.mails(10)) source.add("info", bytes);
      const run = start(wishOf(source.port, server));
      await world.until(
        "it was met",
        () => source.commands.filter((line) => line.startsWith("RETR")).length > 2,
        30_000,
      );
      world.broke("no final dot");
      await rest(12_000);
      delete source.rude.noFinalDot;
      await quiet(world, server, run, 12_000);
    },
  },
  {
    number: 25,
    name: "server down, then back",
    async run(world, start) {
      const server = await world.exchange();
      const { source } = await atDovecot(world, 20);
      await server.stop();
      const run = start(wishOf(source.ports.pop3, server));
      await rest(6000);
      world.broke("server away");
      const back = await world.exchange({ port: server.port });
      await quiet(world, back, run);
    },
  },
  {
    number: 27,
    name: "5xx for one mail; 5xx for all mails",
    async run(world, start) {
      let everybody = false;
      const refused = "554 5.6.0 Invalid message content";
      const server = await world.exchange({
        replies: { dot: (_line, mail) => (everybody || mail.sender.startsWith("one@") ? refused : null) },
      });
      const { source } = await atDovecot(world, 10);
      const run = start(wishOf(source.ports.pop3, server));
      await quiet(world, server, run);
      everybody = true;
      for (const { bytes } of world.mails(15)) await source.add("info", bytes);
      await quiet(world, server, run);
      world.broke("5xx for everybody");
      everybody = false;
      await quiet(world, server, run);
    },
  },
];

export const startFor = (peer: Peer, world: World) => (wish: PeerWish) => {
  const run = new PeerRun(peer, wish);
  world.closeLater(() => run.stop());
  return run;
};
