// Rows of an Exchange server that refuses one or everybody, and of mail and notices that come back.
import { sample } from "../../corpus";
import type { Row } from "../row";
import type { World } from "../world";

import { delivering, laneIs, noCopies, total } from "./common";

export const refusingRows: Row[] = [
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
