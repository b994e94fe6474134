// Rows of an Exchange server that hangs up, is late, is away, refuses one or everybody, or feeds mail back.
import { sample } from "../../corpus";
import { certificate } from "../../servers/certificates";
import type { ExchangeOptions, ExchangeServer } from "../../servers/exchange";
import { between } from "../random";
import type { Row } from "../row";
import type { World } from "../world";

interface Wish {
  count: number;
  server?: Partial<ExchangeOptions>;
  exchange?: object;
  mailbox?: object;
  slug?: string;
  to?: string;
}

/** A scripted mailbox of its own with mails in it, and a recording server: all that delivering needs. */
async function delivering(world: World, wish: Wish) {
  const slug = wish.slug ?? "contoso";
  const server = await world.exchange(wish.server);
  const source = await world.pop3({ users: { [slug]: "secret" } });
  for (const { bytes } of world.mails(wish.count, wish.to ?? `info@${slug}.example`)) source.add(slug, bytes);
  await world.company({
    slug,
    exchange: { port: server.port, ...wish.exchange },
    mailboxes: [{ port: source.port, username: slug, ...wish.mailbox }],
  });
  return { server, source };
}

const lanes = async (world: World) => (await world.sums()).flatMap((tenant) => tenant.lanes);

async function laneIs(world: World, state: string, withinMs = 120_000) {
  await world.until(
    `a lane is ${state}`,
    async () => (await lanes(world)).some((lane) => lane.state === state),
    withinMs,
  );
}

const total = async (world: World, place: "held" | "badmail" | "delivered" | "waiting") =>
  (await world.sums()).reduce((sum, tenant) => sum + tenant[place], 0);

async function noCopies(world: World) {
  const { doubled } = await world.count();
  if (doubled > 0) throw new Error(`${doubled} copies: this fault can't make any`);
}

const tried = (server: ExchangeServer, verb: string) => server.commands.filter((line) => line.startsWith(verb)).length;

export const deliveringRows: Row[] = [
  {
    number: 5,
    name: "connection lost after the dot",
    shortSeconds: 25,
    async run(world) {
      const losses = world.short ? 3 : 6;
      const { server } = await delivering(world, { count: world.short ? 20 : 100, server: { loseAnswers: losses } });
      await world.worker();
      // Two in a row stop the lane until the retry interval is over.
      const lost = async () => {
        if (world.short) await world.timePasses();
        return server.options.loseAnswers === 0;
      };
      await world.until("the answers were lost", lost, 60_000 + losses * 70_000);
      world.broke("stored and hung up", losses);
      await world.allWell();
      const { doubled, marked } = await world.count();
      if (doubled !== losses || marked !== losses)
        throw new Error(
          `${losses} lost answers make ${losses} marked copies, but there are ${doubled}, ${marked} marked`,
        );
    },
  },
  {
    number: 7,
    name: "dot answered long after the timeout",
    shortSeconds: 40,
    async run(world) {
      // 9 minutes in the matrix: the wait is at least 600 s whatever the timeout, so the ratio is what counts.
      const late = world.short ? 25_000 : 90_000;
      await delivering(world, { count: 4, server: { dotDelayMs: late }, exchange: { timeoutSeconds: 5 } });
      // Two leases fit into the wait, and a machine that stands still for a moment into one.
      await world.worker({ MAILFERRY_LEASE_SECONDS: "10" });
      world.broke(`answered after ${late / 1000} s of a timeout of 5 s`, 4);
      await world.allWell();
      const attempts = await world.db.owner.pool.query("select 1 from attempt");
      if (attempts.rowCount !== 4)
        throw new Error(`${attempts.rowCount} attempts for 4 mails: one each is all it needs`);
      await noCopies(world);
    },
  },
  {
    number: 23,
    name: "TLS handshake never finishes",
    shortSeconds: 30,
    async run(world) {
      const slow = await delivering(world, {
        slug: "slow",
        count: 5,
        server: { tls: "starttls", certificate: await certificate(), brokenHandshake: "silent" },
        exchange: { tls: "require", certificate: "any", timeoutSeconds: 5 },
      });
      const { server } = await delivering(world, { slug: "quick", count: world.short ? 10 : 100 });
      await world.worker();
      await world.until(
        "the other company's mail is there",
        () => server.mails.length === (world.short ? 10 : 100),
        30_000,
      );
      await laneIs(world, "open");
      world.broke("a handshake without an answer", tried(slow.server, "STARTTLS"));
      slow.server.options.brokenHandshake = null;
      await world.allWell();
      await noCopies(world);
    },
  },
  {
    number: 25,
    name: "Exchange down 3 days, then back",
    shortSeconds: 30,
    async run(world) {
      const { server } = await delivering(world, {
        count: world.short ? 15 : 200,
        exchange: { giveUpAfterHours: 1 },
      });
      await server.stop();
      await world.worker();
      await laneIs(world, "open");
      const tries = () => server.connections.total;
      world.broke("server away");
      // Three days pass for everything that has a time, but for the hours in which the lane worked.
      for (const column of ["mail.collected_at", "mail.received_at", "lane.since", "lane.unreachable_since"]) {
        const [table, name] = column.split(".");
        await world.db.owner.pool.query(
          `update ${table} set ${name} = ${name} - interval '3 days' where ${name} is not null`,
        );
      }
      await world.timePasses();
      await world.until("it was probed again", async () => (await lanes(world)).some(({ state }) => state === "open"));
      if ((await total(world, "badmail")) > 0) throw new Error("mail was given up although the server was away");
      const back = await world.exchange({ port: server.port });
      world.broke("three days");
      await world.allWell();
      if (tries() > 0 && back.mails.length === 0) throw new Error("nothing arrived after the server was back");
      await noCopies(world);
    },
  },
  {
    number: 26,
    name: "421 and 452 at MAIL",
    shortSeconds: 40,
    async run(world) {
      let left = world.short ? 3 : 15;
      const words = [
        "452 4.3.1 Insufficient system resources",
        "421 4.3.2 Service not available, closing transmission channel",
        "451 4.7.0 Temporary server error. Please try again later.",
      ];
      const mail = () => {
        if (left <= 0 || world.random() < 0.5) return null;
        left -= 1;
        const said = words[between(world.random, 0, words.length - 1)] ?? "";
        world.broke(said.slice(0, 9));
        return said;
      };
      await delivering(world, { count: world.short ? 15 : 100, server: { replies: { mail } } });
      await world.worker();
      await world.allWell();
      if ((await total(world, "badmail")) > 0) throw new Error("a 4xx went to BADMAIL");
      await noCopies(world);
    },
  },
  {
    number: 27,
    name: "5xx for one mail; 5xx for all mails",
    shortSeconds: 40,
    async run(world) {
      const refused = "554 5.6.0 Invalid message content";
      let everybody = false;
      const { server, source } = await delivering(world, {
        count: 12,
        server: { replies: { dot: (_line, mail) => (everybody || mail.sender.startsWith("one@") ? refused : null) } },
      });
      const one = oneFrom(world, "one@elsewhere.example");
      source.add("contoso", one.bytes);
      await world.worker();
      await world.until("the one is in BADMAIL", async () => (await total(world, "badmail")) === 1, 60_000);
      world.broke("5xx for one");
      await world.until("the others are there", () => server.mails.length === 12);
      everybody = true;
      const more = Array.from({ length: world.short ? 12 : 60 }, (_, n) => oneFrom(world, `s${n}@elsewhere.example`));
      for (const { bytes } of more) source.add("contoso", bytes);
      await world.timePasses();
      await laneIs(world, "open");
      world.broke("5xx for everybody");
      const badmail = await total(world, "badmail");
      // With five connections up to four refusals of others may stand between the five that count.
      if (badmail > 1) throw new Error(`${badmail} mails in BADMAIL: a refusal of everybody must stop the lane`);
      everybody = false;
      await world.timePasses();
      await world.allWell();
      await noCopies(world);
    },
  },
  {
    number: 28,
    name: "mixed answers to RCPT",
    shortSeconds: 30,
    async run(world) {
      let later = world.short ? 5 : 30;
      const server = await world.exchange({
        replies: {
          rcpt: (line) => {
            if (line.includes("gone@")) return "550 5.1.1 User unknown";
            if (line.includes("later@") && later-- > 0) return "450 4.2.1 Mailbox busy";
            return null;
          },
        },
      });
      const source = await world.pop3({ users: { all: "secret" } });
      const to = "<ann@contoso.example>, <gone@contoso.example>, <later@contoso.example>";
      for (const made of world.mails(world.short ? 10 : 60, "all@contoso.example")) {
        const bytes = Buffer.from(
          made.bytes.toString("latin1").replace(/^Delivered-To: .*$/m, `X-Envelope-To: ${to}`),
          "latin1",
        );
        made.expected = Buffer.from(
          made.expected.toString("latin1").replace(/^Delivered-To: .*$/m, `X-Envelope-To: ${to}`),
          "latin1",
        );
        source.add("all", bytes);
      }
      await world.company({
        exchange: { port: server.port },
        mailboxes: [
          {
            port: source.port,
            username: "all",
            recipients: { mode: "headers", domains: ["contoso.example"], headers: ["X-Envelope-To"] },
          },
        ],
      });
      await world.worker();
      await world.allWell();
      world.broke("550 for one of three, 450 for another");
      const { rows } = await world.db.owner.pool.query<{ who: string; place: string; n: number }>(
        `select split_part(r.address, '@', 1) as who, r.place, count(*)::int as n from recipient r
         join mail m on m.tenant_id = r.tenant_id and m.id = r.mail_id where m.kind = 'collected' group by 1, 2 order by 1`,
      );
      const n = world.samples.length;
      const wanted = [`ann delivered ${n}`, `gone badmail ${n}`, `later delivered ${n}`];
      const seen = rows.map(({ who, place, n: count }) => `${who} ${place} ${count}`);
      if (seen.join() !== wanted.join())
        throw new Error(`recipients: ${seen.join(", ")}; wanted: ${wanted.join(", ")}`);
      for (const who of ["ann", "later"]) {
        const got = server.mails.filter(({ recipients }) => recipients.includes(`${who}@contoso.example`)).length;
        if (got !== n) throw new Error(`${who} got ${got} mails of ${n}`);
      }
      // Each arrival had its own recipients: by mail they are no copies.
      world.countOnce();
    },
  },
  {
    number: 29,
    name: "mail loop",
    shortSeconds: 30,
    async run(world) {
      const { server, source } = await delivering(world, { count: 3 });
      await world.worker();
      let fed = 0;
      const feed = () => {
        // A list adds a line each time: the same bytes again would be merged into the first.
        for (const mail of server.mails.slice(fed)) {
          fed += 1;
          source.add("contoso", Buffer.concat([mail.raw, Buffer.from(`-- round ${fed}\r\n`)]));
        }
      };
      await world.until(
        "the loop is held",
        async () => {
          feed();
          await world.timePasses();
          return (await total(world, "held")) === 3;
        },
        90_000,
      );
      world.broke("everything fed back", fed);
      if (fed > 3 * 4) throw new Error(`${fed} rounds before the loop was seen`);
      const { rows } = await world.db.owner.pool.query<{ reason: string }>(
        "select reason from mail where place = 'held'",
      );
      if (!rows.every(({ reason }) => reason.includes("loop"))) throw new Error(`held for: ${rows[0]?.reason}`);
      world.countOnce();
    },
  },
  {
    number: 30,
    name: "notice refused",
    shortSeconds: 30,
    async run(world) {
      const { server } = await delivering(world, {
        count: 4,
        server: { refuseNullSender: true, spamWord: "number 2" },
      });
      await world.worker({ MAILFERRY_DIGEST_SECONDS: "1" });
      world.broke("the null sender refused");
      const told = async () =>
        (await world.db.owner.pool.query("select 1 from alert where kind = 'notice' and resolved_at is null")).rowCount;
      await world.until("the installation's people are told", async () => (await told()) === 1, 60_000);
      await new Promise((done) => setTimeout(done, 3000));
      const { rows } = await world.db.owner.pool.query<{ n: number }>(
        "select count(*)::int as n from mail where kind = 'notice'",
      );
      if (rows[0]?.n !== 1) throw new Error(`${rows[0]?.n} notices: one that fails makes no other`);
      if (server.mails.length !== 3) throw new Error(`${server.mails.length} mails arrived, 3 should`);
    },
  },
];

/** One more mail of a sender of its own. */
function oneFrom(world: World, sender: string) {
  const made = sample(world.samples.length, "info@contoso.example", 1500, sender);
  world.samples.push(made);
  return made;
}
