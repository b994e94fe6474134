// The environment, read once per program and checked: a wrong value names the variable, the value and the remedy.
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { Refusal } from "./errors";

const minutes = z.coerce.number().int().min(0).max(10_080);
const list = (text: string | undefined): string[] =>
  (text ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter(Boolean);

export interface WorkerEnv {
  databaseUrl: string;
  dataFolder: string;
  privateKeyFile: string;
  /** MAILFERRY_NAME as given; empty when the worker finds its own */
  name: string;
  sites: string[];
  smtpUrl: string;
  mailFrom: string;
  alertTo: string[];
  allowNetworks: string[];
  denyNetworks: string[];
  /** MAILFERRY_URL without a slash at the end; empty when not given */
  url: string;
  /** where a portal on this machine listens */
  portalPort: number;
  deleteDelayMinutes: number;
  digestSeconds: number;
  uncertainSeconds: number;
  leaseSeconds: number;
  /** after so long a silence a connection to the database is given up */
  databaseSilenceSeconds: number;
  /** how large the database may get, in GB of 10^9 octets; null: nobody said */
  databaseLimitGb: number | null;
}

export interface WebEnv {
  databaseUrl: string;
  url: string;
  host: string;
  port: number;
  trustedProxies: string[];
  production: boolean;
}

type Source = Record<string, string | undefined>;

export const dataFolder = (env: Source = process.env): string =>
  resolve(/*turbopackIgnore: true*/ env.MAILFERRY_DATA || "data");

export const privateKeyFile = (env: Source = process.env): string =>
  env.MAILFERRY_PRIVATE_KEY_FILE || join(/*turbopackIgnore: true*/ dataFolder(env), "private.key");

export const sitesServed = (env: Source = process.env): string[] => {
  const sites = list(env.MAILFERRY_SITES);
  return sites.length > 0 ? sites : ["main"];
};

/** Each program reads its own address only: its variable, else the file that `migrate` wrote. Never DATABASE_URL. */
function roleUrl(kind: "web" | "worker", env: Source): string {
  const variable = kind === "web" ? "MAILFERRY_WEB_DATABASE_URL" : "MAILFERRY_WORKER_DATABASE_URL";
  const given = env[variable];
  if (given) return given;
  const file = join(/*turbopackIgnore: true*/ dataFolder(env), `${kind}.url`);
  try {
    return readFileSync(file, "utf8").trim();
  } catch {
    throw new Refusal(
      `No database address: set ${variable}, or run “npm run mailferry -- migrate”, which writes ${file}.`,
    );
  }
}

function number(env: Source, name: string, schema: z.ZodType<number>, fallback: number): number {
  const text = env[name];
  if (text === undefined || text === "") return fallback;
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Refusal(`${name} is “${text}”: give a whole number, or leave it out for ${fallback}.`);
}

const portOf = (env: Source): number => number(env, "PORT", z.coerce.number().int().min(1).max(65_535), 3000);

export const deleteDelayMinutes = (env: Source = process.env): number =>
  number(env, "MAILFERRY_DELETE_DELAY_MINUTES", minutes, 0);

/** Where its disk is out of sight: the room that the database has. */
function databaseLimitGb(env: Source): number | null {
  const text = env.MAILFERRY_DATABASE_LIMIT_GB;
  if (text === undefined || text === "") return null;
  const parsed = z.coerce.number().int().min(1).max(1_000_000).safeParse(text);
  if (parsed.success) return parsed.data;
  throw new Refusal(
    `MAILFERRY_DATABASE_LIMIT_GB is “${text}”: give how large the database may get, as a whole number of GB (1 to 1000000), or leave it out for no limit.`,
  );
}

export function workerEnv(env: Source = process.env): WorkerEnv {
  const seconds = z.coerce.number().int().min(1).max(86_400);
  const folder = dataFolder(env);
  return {
    databaseUrl: roleUrl("worker", env),
    dataFolder: folder,
    privateKeyFile: privateKeyFile(env),
    name: env.MAILFERRY_NAME ?? "",
    sites: sitesServed(env),
    smtpUrl: env.MAILFERRY_SMTP_URL ?? "",
    mailFrom: env.MAILFERRY_MAIL_FROM ?? "",
    alertTo: list(env.MAILFERRY_ALERT_TO),
    allowNetworks: list(env.MAILFERRY_ALLOW_NETWORKS),
    denyNetworks: list(env.MAILFERRY_DENY_NETWORKS),
    url: (env.MAILFERRY_URL ?? "").replace(/\/+$/, ""),
    portalPort: portOf(env),
    deleteDelayMinutes: deleteDelayMinutes(env),
    digestSeconds: number(env, "MAILFERRY_DIGEST_SECONDS", seconds, 900),
    uncertainSeconds: number(env, "MAILFERRY_UNCERTAIN_SECONDS", seconds, 600),
    leaseSeconds: number(env, "MAILFERRY_LEASE_SECONDS", seconds, 60),
    databaseSilenceSeconds: number(env, "MAILFERRY_DATABASE_SILENCE_SECONDS", seconds, 120),
    databaseLimitGb: databaseLimitGb(env),
  };
}

export function webEnv(env: Source = process.env): WebEnv {
  const port = portOf(env);
  const host = env.HOST || "127.0.0.1";
  return {
    databaseUrl: roleUrl("web", env),
    url: (env.MAILFERRY_URL || env.NEXTAUTH_URL || `http://${host}:${port}`).replace(/\/+$/, ""),
    host,
    port,
    trustedProxies: list(env.MAILFERRY_TRUSTED_PROXIES),
    production: env.NODE_ENV === "production",
  };
}
