// Rows of a server that loses answers, is away, or refuses a mail, everybody, or some recipients of a mail.
import { rest } from "@/lib/clock";
import { type Sample, sample } from "../../corpus";
import type { ExchangeServer } from "../../servers/exchange";
import type { World } from "../world";
import { type Recipients, recipientsCounted } from "./recipients";
import { atDovecot, needsDovecot, type PeerRow, quiet, toOne } from "./row";

const lostAnswer =
  "the server has the mail and the answer was lost: it is sent again, and nothing in it or beside it says so";

/** Who gets each of the mails: one exists, one does not, one is busy for the first six times. */
const three = ["ann", "gone", "later"].map((name) => `${name}@contoso.example`);

function mixedAnswers(world: World): Promise<ExchangeServer> {
  let later = 6;
  const rcpt = (line: string) => {
    if (line.includes("gone@")) return "550 5.1.1 User unknown";
    if (line.includes("later@") && later-- > 0) return "450 4.2.1 Mailbox busy";
    return null;
  };
  return world.exchange({ replies: { rcpt } });
}

/** The header that its provider writes, with these recipients in it. */
function addressed(made: Sample, to: string[]): Buffer {
  const named = (mail: Buffer) => {
    const header = `X-Envelope-To: ${to.map((one) => (to.length > 1 ? `<${one}>` : one)).join(", ")}`;
    return Buffer.from(mail.toString("latin1").replace(/^Delivered-To: .*$/m, header), "latin1");
  };
  made.expected = named(made.expected);
  return named(made.bytes);
}

/** Who each mail is for is read from the header that its provider wrote. */
const recipientsOf = (world: World): Recipients =>
  new Map(
    world.samples.map(({ mark, expected }) => [
      mark,
      /^X-Envelope-To: (.*)$/m.exec(expected.toString("latin1"))?.[1]?.match(/[a-z]+@[a-z.]+/g) ?? [],
    ]),
  );

async function toThree(world: World, start: Parameters<PeerRow["run"]>[1], copies: string[][]) {
  const server = await mixedAnswers(world);
  // fetchmail gives its bounces to the machine's own server, and to nobody else.
  await world.exchange({ port: 25 }).catch(() => world.notes.push("port 25 of this machine is not ours to listen on"));
  const source = await world.pop3({ users: { info: "secret" } });
  for (let n = 0; n < 10; n += 1)
    for (const to of copies)
      for (const made of world.mails(1, "all@contoso.example")) source.add("info", addressed(made, to));
  const to = { header: "X-Envelope-To", domain: "contoso.example" };
  const run = await start({ ...toOne(source.port, server), to });
  await quiet(world, run);
  world.broke("550 for one of three, 450 six times for another");
}

export const deliveringRows: PeerRow[] = [
  {
    number: 5,
    name: "stored by the server, and the answer lost",
    missing: needsDovecot,
    async run(world, start) {
      const server = await world.exchange({ loseAnswers: 3 });
      const { source } = await atDovecot(world, 20);
      const run = await start(toOne(source.ports.pop3, server));
      await quiet(world, run);
      world.broke("stored and hung up", 3 - server.options.loseAnswers);
    },
    why: { fetchmail: lostAnswer, getmail: lostAnswer, Mailferry: "each was marked before it was sent again" },
  },
  {
    number: 25,
    name: "server down, then back",
    missing: needsDovecot,
    async run(world, start) {
      const server = await world.exchange();
      const { source } = await atDovecot(world, 20);
      await server.stop();
      const run = await start(toOne(source.ports.pop3, server));
      await rest(10_000);
      world.broke("server away for 10 s");
      await world.exchange({ port: server.port });
      await quiet(world, run);
    },
    why: {},
  },
  {
    number: 27,
    name: "5xx for one mail; then 5xx for all mails, for a while",
    missing: needsDovecot,
    async run(world, start) {
      let everybody = false;
      const refused = "554 5.6.0 Invalid message content";
      const server = await world.exchange({
        replies: { dot: (_line, mail) => (everybody || mail.sender.startsWith("one@") ? refused : null) },
      });
      const { source } = await atDovecot(world, 10);
      await source.add("info", oneFrom(world, "one@elsewhere.example"));
      const run = await start(toOne(source.ports.pop3, server));
      await quiet(world, run, "meanwhile");
      world.broke("5xx for one");
      everybody = true;
      // Of senders of their own: that one sender is refused says nothing of everybody.
      for (let n = 0; n < 15; n += 1) await source.add("info", oneFrom(world, `s${n}@elsewhere.example`));
      await rest(15_000);
      world.broke("5xx for everybody, 15 s");
      everybody = false;
      await quiet(world, run);
    },
    why: {},
  },
  {
    number: 28,
    part: "a",
    name: "mixed answers to RCPT, one copy per recipient (30 mails)",
    run: (world, start) =>
      toThree(
        world,
        start,
        three.map((one) => [one]),
      ),
    count: (world, database) => recipientsCounted(world, recipientsOf(world), database),
    why: {},
  },
  {
    number: 28,
    part: "b",
    name: "mixed answers to RCPT, one mail names three (10 mails, 30 recipients)",
    missing: (program) =>
      program === "getmail"
        ? "its documentation rules it out: “one copy of the message for each envelope recipient”"
        : null,
    run: (world, start) => toThree(world, start, [three]),
    count: (world, database) => recipientsCounted(world, recipientsOf(world), database),
    why: {},
  },
];

function oneFrom(world: World, sender: string): Buffer {
  const made = sample(world.samples.length, "info@contoso.example", 1500, sender);
  world.samples.push(made);
  return made.bytes;
}
