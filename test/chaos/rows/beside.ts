import { existsSync } from "node:fs";
import { rest } from "@/lib/clock";
import type { WorkerProcess } from "../../worker-process";
import { between } from "../random";
import type { Row } from "../row";

import { flow, noCopies } from "./common";

const libfaketime = [
  "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
  "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
].find((path) => existsSync(path));

export const besideRows: Row[] = [
  {
    number: 8,
    name: "worker frozen past its lease",
    shortSeconds: 30,
    async run(world) {
      const rounds = world.short ? 1 : 5;
      await flow(world, world.short ? 20 : 300, { dotDelayMs: 1500 });
      for (let n = 0; n < rounds; n += 1) {
        const frozen = await world.runningWorker();
        await world.until("mail is being sent", async () => {
          const { rows } = await world.db.owner.pool.query(
            "select 1 from mail where dot_pending_at is not null limit 1",
          );
          return rows.length > 0;
        });
        frozen.child.kill("SIGSTOP");
        world.broke("SIGSTOP");
        const second = await world.worker();
        await rest(world.short ? 9000 : 12_000);
        frozen.child.kill("SIGCONT");
        await rest(2000);
        await second.stop();
        await frozen.stop();
      }
      await world.worker();
      await world.allWell();
    },
  },
  {
    number: 13,
    name: "clock 2 h back, 400 days ahead",
    shortSeconds: 30,
    demanding: true,
    missing: () => (libfaketime ? null : "libfaketime is not installed (apt-get install libfaketime)"),
    async run(world) {
      const { server, source } = await flow(world, 30);
      const faked = (offset: string) => ({
        LD_PRELOAD: libfaketime ?? "",
        FAKETIME: offset,
        FAKETIME_DONT_FAKE_MONOTONIC: "1",
        MAILFERRY_LEASE_SECONDS: "20",
      });
      const behind = await world.worker(faked("-2h"));
      await world.allWell();
      world.broke("a worker 2 h behind");
      const ahead = await world.runningWorker(faked("+400d"));
      // Long enough for who takes a lease by its own clock to send the mail again.
      server.options.dotDelayMs = 5000;
      for (const { bytes } of world.mails(20)) source.add("info", bytes);
      await world.timePasses();
      await world.allWell();
      world.broke("a worker 400 days ahead");
      await Promise.all([behind.stop(), ahead.stop()]);
      const bodies = await world.db.owner.pool.query("select 1 from body where complete limit 1");
      if (bodies.rowCount === 0) throw new Error("bodies went by the worker's clock");
      const lost = await world.db.owner.pool.query("select 1 from attempt where outcome in ('lost', 'uncertain')");
      if (lost.rowCount) throw new Error(`${lost.rowCount} attempts lost their lease to another worker's clock`);
      await noCopies(world);
    },
  },
  {
    number: 32,
    name: "two workers, one mailbox",
    shortSeconds: 30,
    async run(world) {
      const server = await world.exchange();
      const source = await world.pop3({ users: { info: "secret" }, rude: { slow: 5 } });
      const proxy = await world.proxy(source.port);
      for (const { bytes } of world.mails(world.short ? 30 : 200)) source.add("info", bytes);
      await world.company({
        exchange: { port: server.port },
        mailboxes: [{ port: proxy.port, username: "info", maxPerPoll: 5 }],
      });
      for (let n = 0; n < (world.short ? 2 : 4); n += 1) await world.worker();
      let most = 0;
      const look = setInterval(() => {
        most = Math.max(most, proxy.count.open);
      }, 2);
      world.broke("workers at one mailbox", world.short ? 2 : 4);
      await world.allWell().finally(() => clearInterval(look));
      if (most > 1) throw new Error(`${most} sessions with one mailbox at once`);
      await noCopies(world);
    },
  },
  {
    number: 33,
    name: "SIGTERM, again and again (deploy)",
    shortSeconds: 40,
    async run(world) {
      await flow(world, world.short ? 60 : 600, { dotDelayMs: 300 });
      let current: WorkerProcess = await world.runningWorker();
      for (let n = 0; n < (world.short ? 3 : 15); n += 1) {
        await rest(between(world.random, 600, 2000));
        const next = await world.runningWorker();
        const began = Date.now();
        const code = await current.stop();
        world.broke("SIGTERM");
        if (code !== 0) throw new Error(`a worker that was told to stop ended with ${code}`);
        if (Date.now() - began > 60_000) throw new Error("it took more than 60 s to stop");
        current = next;
      }
      await world.allWell();
      await noCopies(world);
    },
  },
];
