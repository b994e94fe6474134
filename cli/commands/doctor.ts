// doctor: is everything that is needed here and right? Each fault with its remedy. Dials nothing but the database.
import { statfsSync } from "node:fs";
import { createServer } from "node:net";
import { installationId } from "@/domain/installation/prepare";
import type { Db } from "@/lib/db";
import { dataFolder, privateKeyFile, sitesServed, workerEnv } from "@/lib/env";
import { wordsOf } from "@/lib/errors";
import { readPrivateKeys } from "@/lib/seal";
import { missingMigrations } from "@/prisma/migrate";
import type { CommandContext } from "../command";
import { ledgerFindings } from "./doctor-ledger";
import { spaceFindings } from "./doctor-space";
import { type Finding, fault, note, ok } from "./finding";

type Check = (db: Db, env: NodeJS.ProcessEnv) => Promise<Finding[]>;

export async function doctorCommand({ env, db, print }: CommandContext): Promise<number> {
  let faults = 0;
  const tell = ({ what, state, words }: Finding) => {
    if (state === "fault") faults += 1;
    print(`${{ ok: "ok   ", fault: "FAULT", note: "note " }[state]} ${what}: ${words}\n`);
  };
  let opened: Db;
  try {
    opened = await db();
  } catch (error) {
    tell(fault("database", wordsOf(error)));
    return 1;
  }
  for (const check of checks) {
    try {
      (await check(opened, env)).forEach(tell);
    } catch (error) {
      tell(fault("check", wordsOf(error)));
    }
  }
  print(
    faults === 0 ? "Everything that was looked at is right.\n" : `${faults} ${faults === 1 ? "fault" : "faults"}.\n`,
  );
  return faults === 0 ? 0 : 1;
}

const database: Check = async (db) => {
  const { rows } = await db.pool.query<{ version: string; sync: string; now: Date; name: string }>(
    `select split_part(current_setting('server_version'), ' ', 1) as version, current_setting('synchronous_commit') as sync,
       clock_timestamp() as now, current_database() as name`,
  );
  const row = rows[0];
  if (!row) return [fault("database", "It did not answer.")];
  const drift = Math.abs(row.now.getTime() - Date.now()) / 1000;
  return [
    ok("database", `${row.name}, Postgres ${row.version}`),
    row.sync === "on"
      ? ok("durability", "synchronous_commit is on")
      : fault("durability", `synchronous_commit is ${row.sync}: mail could be lost after a power cut. Set it to on.`),
    drift < 5
      ? ok("clock", `${drift.toFixed(1)} s apart from the database's`)
      : fault(
          "clock",
          `This machine's clock is ${drift.toFixed(0)} s apart from the database's. Switch on time synchronisation (NTP).`,
        ),
  ];
};

const migrations: Check = async (db) => {
  const missing = await missingMigrations(db.pool);
  if (missing.length === 0) return [ok("migrations", "up to date")];
  return [fault("migrations", `missing: ${missing.join(", ")}. Run “npm run mailferry -- migrate”.`)];
};

const keys: Check = async (db, env) => {
  const file = privateKeyFile(env);
  const opened = await readPrivateKeys(file);
  const { rows } = await db.pool.query<{ key_id: string; site: string }>(
    "select key_id, site from site_key where retired_at is null",
  );
  const findings = sitesServed(env).map((site) =>
    rows.some((row) => row.site === site && opened.keyIds.includes(row.key_id))
      ? ok("key", `${file} opens what is sealed for site ${site}`)
      : fault(
          "key",
          `${file} has no key for site ${site}. Run “npm run mailferry -- migrate” here, or restore the file from your backup.`,
        ),
  );
  const orphans = await db.pool.query<{ n: number }>(
    "select count(*)::int as n from secret where not (key_id = any ($1))",
    [opened.keyIds],
  );
  const n = orphans.rows[0]?.n ?? 0;
  if (n > 0)
    findings.push(
      note(
        "key",
        `${n} stored ${n === 1 ? "password was" : "passwords were"} sealed to other keys (another site's, or a lost one).`,
      ),
    );
  return findings;
};

const workers: Check = async (db) => {
  const { rows } = await db.pool.query<{ name: string; sites: string[]; age: number }>(
    "select name, sites, extract(epoch from now() - beat_at)::int as age from worker where beat_at > now() - interval '1 day' order by beat_at desc",
  );
  const alive = rows.filter((row) => row.age < 30);
  const findings = alive.map((row) => {
    const plain = /^\[|^[^.]+$/.test(row.name);
    return plain
      ? note("worker", `${row.name} beats; without a full name servers may refuse its HELO: set MAILFERRY_NAME.`)
      : ok("worker", `${row.name} beats, serves ${row.sites.join(", ")}`);
  });
  if (alive.length === 0)
    findings.push(
      fault(
        "worker",
        "No worker runs: nothing is collected or delivered. Run “npm start”, or “npm run worker” where the programs run apart.",
      ),
    );
  const served = new Set(alive.flatMap((row) => row.sites));
  const tenants = await db.pool.query<{ site: string; n: number }>(
    "select site, count(*)::int as n from tenant where state = 'active' group by site",
  );
  for (const { site, n } of tenants.rows) {
    if (!served.has(site))
      findings.push(
        fault(
          "site",
          `No running worker serves ${site}, which ${n} ${n === 1 ? "tenant uses" : "tenants use"}. Set MAILFERRY_SITES on one.`,
        ),
      );
  }
  return findings;
};

const settings: Check = async (_db, env) => {
  const { digestSeconds, uncertainSeconds, leaseSeconds, smtpUrl, url } = workerEnv({
    ...env,
    MAILFERRY_WORKER_DATABASE_URL: "unused",
  });
  const findings: Finding[] = [];
  const lowered = {
    MAILFERRY_DIGEST_SECONDS: [digestSeconds, 900],
    MAILFERRY_UNCERTAIN_SECONDS: [uncertainSeconds, 600],
    MAILFERRY_LEASE_SECONDS: [leaseSeconds, 60],
  } as const;
  for (const [name, [value, usual]] of Object.entries(lowered)) {
    if (value < usual)
      findings.push(note(name, `${value} is lower than the usual ${usual}: meant for tests, not for real mail.`));
  }
  if (!smtpUrl)
    findings.push(
      note(
        "MAILFERRY_SMTP_URL",
        "not set: nobody is told by mail when a lane stops or a notice fails, and invitations are not mailed.",
      ),
    );
  if (!url)
    findings.push(
      note("MAILFERRY_URL", "not set: notices carry no link to the portal, and invitations are not mailed."),
    );
  return findings;
};

const room: Check = async (_db, env) => {
  const folder = dataFolder(env);
  const { bavail, bsize, blocks } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  const share = bavail / blocks;
  if (free < 2 && share < 0.1)
    return [fault("room", `${free.toFixed(1)} GB free below ${folder}. Free some: a full disk stops collecting.`)];
  return [ok("room", `${free.toFixed(0)} GB free below ${folder}`)];
};

/** The portal's port: taken by our own portal (a worker beats), free, or taken by somebody else is all that can be told. */
const port: Check = async (_db, env) => {
  const wanted = Number(env.PORT || 3000);
  const host = env.HOST || "127.0.0.1";
  const free = await new Promise<boolean>((done) => {
    const server = createServer();
    server.once("error", () => done(false));
    server.listen(wanted, host, () => server.close(() => done(true)));
  });
  return [
    free
      ? note("port", `nothing listens on ${host}:${wanted}; the portal is not running there`)
      : ok("port", `something listens on ${host}:${wanted}`),
  ];
};

const servers: Check = async (db) => {
  const { rows } = await db.pool.query<{
    slug: string;
    host: string;
    port: number;
    state: string;
    reason: string | null;
    seen: Date | null;
    greets: string | null;
  }>(
    `select t.slug, e.host, e.port, l.state, l.reason, l.last_accepted_at as seen, l.greets_us as greets
     from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id join tenant t on t.id = l.tenant_id
     where t.state = 'active' order by t.slug limit 500`,
  );
  return rows.map((row) => {
    const server = `${row.slug}: ${row.host}:${row.port}`;
    const last = row.seen ? `, last accepted ${row.seen.toISOString()}` : ", nothing accepted yet";
    if (row.state === "open" || row.state === "half-open")
      return fault("server", `${server} stopped: ${row.reason ?? "no reason kept"}${last}. See its Exchange page.`);
    if (row.state === "paused") return note("server", `${server} is paused${last}`);
    return ok("server", `${server}${row.greets ? `, greets us as ${row.greets}` : ""}${last}`);
  });
};

/** Those that don't collect: the others are many. */
const mailboxes: Check = async (db) => {
  const { rows } = await db.pool.query<{
    slug: string;
    name: string;
    state: string;
    reason: string | null;
    error: string | null;
  }>(
    `select t.slug, b.name, s.state, s.reason, s.last_error as error
     from mailbox_state s join mailbox b on b.tenant_id = s.tenant_id and b.id = s.mailbox_id
     join tenant t on t.id = s.tenant_id
     where t.state = 'active' and (s.state = 'stopped'
       or (s.state = 'active' and s.failures > 0 and s.last_result in ('refused', 'unreachable', 'error')))
     order by t.slug, b.name limit 500`,
  );
  return rows.map(({ slug, name, state, reason, error }) =>
    fault(
      "mailbox",
      `${slug}: ${name} ${state === "stopped" ? `is stopped: ${reason ?? "no reason kept"}` : `does not collect: ${error ?? "no reason kept"}`} See its page.`,
    ),
  );
};

const installation: Check = async (db) =>
  (await installationId(db)) ? [] : [fault("installation", "It has no id yet. Run “npm run mailferry -- migrate”.")];

const checks: Check[] = [
  database,
  migrations,
  installation,
  keys,
  workers,
  ledgerFindings,
  spaceFindings,
  settings,
  room,
  port,
  servers,
  mailboxes,
];
