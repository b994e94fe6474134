// Mailferry as it runs in earnest: Postgres with fsync, one worker, one company with all mailboxes, everything else as a new
// company has it.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { startPostgres } from "@/cli/postgres.mjs";
import { exchangeDefaults } from "@/domain/exchange/schema";
import { mailboxDefaults } from "@/domain/mailbox/schema";
import { rest } from "@/lib/clock";
import { World } from "@/test/chaos/world";
import { makeTemplate, testDatabase } from "@/test/database";
import type { Contender, Ends, Later, Ready, Running } from "./contender";
import { addressOf } from "./scenarios";
import { password } from "./source";

export const mailferry: Contender = {
  name: "mailferry",
  missing: () => null,
  version: () => "Mailferry of this folder",
  async prepare(ends, later) {
    const server = await startPostgres(join(ends.folder, "postgres"));
    later(() => server.stop());
    await makeTemplate(server.url);
    const db = await testDatabase(server.url);
    later(() => Promise.all([db.owner, db.web, db.worker].map((one) => one.close())));
    const world = new World({ db, cluster: null, seed: 1, short: false });
    later(() => world.close());
    const { folder } = await world.prepared();
    later(() => rmSync(folder, { recursive: true, force: true }));
    await world.company({ exchange: exchangeOf(ends), mailboxes: ends.users.map((user) => mailboxOf(user, ends)) });
    return { standing: [server.pid], start: () => begin(world, ends, later) } satisfies Ready;
  },
};

const exchangeOf = ({ smtpPort, connections, fingerprint }: Ends) => ({
  ...{ port: smtpPort, maxConnections: connections },
  ...(fingerprint ? { tls: "require", certificate: `sha256:${fingerprint}` } : { tls: exchangeDefaults.tls }),
  ...{ retryMinutes: exchangeDefaults.retryMinutes, timeoutSeconds: exchangeDefaults.timeoutSeconds },
});

const mailboxOf = (username: string, { sourcePort, scenario, fingerprint }: Ends) => ({
  ...{ username, password, protocol: scenario.protocol, port: sourcePort, after: "delete" },
  ...(fingerprint ? { tls: "implicit", certificate: `sha256:${fingerprint}` } : { tls: "off" }),
  ...{ pollSeconds: mailboxDefaults.pollSeconds, timeoutSeconds: mailboxDefaults.timeoutSeconds },
  recipients: { mode: "single", address: addressOf(username) },
});

/** Leases and waits of production; profiles are written by Node itself when the worker ends in order. */
async function begin(world: World, { profile, sourceEmpty, scenario }: Ends, later: Later): Promise<Running> {
  const within = profile
    ? ["sh", "-c", 'node=$1; shift; exec "$node" --cpu-prof "--cpu-prof-dir=$0" "$@"', profile]
    : [];
  const env = { MAILFERRY_LOG: "warn", MAILFERRY_LEASE_SECONDS: "", MAILFERRY_UNCERTAIN_SECONDS: "" };
  const worker = await world.worker(env, within);
  later(() => Promise.race([worker.stop(), rest(10_000)]));
  return {
    pid: () => worker.child.pid ?? null,
    settled: async () => {
      if (!sourceEmpty()) return false;
      const [sum] = await world.sums();
      return sum !== undefined && sum.delivered === scenario.mails && sum.waiting === 0;
    },
    ended: async () => {},
    marked: async () => {
      const { rows } = await world.db.owner.pool.query<{ sum: number }>(
        "select coalesce(sum(possible_copies), 0)::int as sum from mail where tenant_id in (select id from tenant)",
      );
      return rows[0]?.sum ?? 0;
    },
    notes: () => (worker.log().trim() === "" ? [] : [`the worker said: ${worker.log().trim().slice(0, 500)}`]),
  };
}
