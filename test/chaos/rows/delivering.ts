import { certificate } from "../../servers/certificates";
import { between } from "../random";
import type { Row } from "../row";

import { delivering, laneIs, lanes, noCopies, total, tried } from "./common";

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
];
