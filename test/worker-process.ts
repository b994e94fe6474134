// The real worker as a child process on a test's database, to be stopped, frozen or killed in the middle.
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstallationId, publishKey } from "@/domain/installation/prepare";
import { ensurePrivateKey } from "@/lib/seal";
import type { TestDatabase } from "./database";

export interface Place {
  db: TestDatabase;
  folder: string;
  keyFile: string;
  env: Record<string, string>;
}

/** Keys and ids for a test's database, and the environment of its workers. */
export async function preparePlace(db: TestDatabase, env: Record<string, string> = {}): Promise<Place> {
  const place = placeIn(db, mkdtempSync(join(tmpdir(), "mf-place-")), env);
  await publishKey(db.owner, await ensurePrivateKey(place.keyFile), ["main"]);
  await ensureInstallationId(db.owner);
  return place;
}

/** The environment of workers whose keys and ids something else makes: `migrate`, by whatever version. */
export const placeIn = (db: TestDatabase, folder: string, env: Record<string, string> = {}): Place => ({
  db,
  folder,
  keyFile: join(folder, "private.key"),
  env: {
    MAILFERRY_DATA: folder,
    MAILFERRY_WORKER_DATABASE_URL: db.urls.worker,
    MAILFERRY_ALLOW_NETWORKS: "127.0.0.0/8",
    MAILFERRY_NAME: "ferry.test.example",
    MAILFERRY_MAIL_FROM: "mailferry@ferry.test.example",
    MAILFERRY_LEASE_SECONDS: "5",
    MAILFERRY_UNCERTAIN_SECONDS: "3",
    ...env,
  },
});

export interface WorkerProcess {
  child: ChildProcess;
  /** kill -9, and waits until it is gone */
  kill(): Promise<void>;
  /** SIGTERM, and waits until it ended by itself; its exit code */
  stop(): Promise<number | null>;
  log(): string;
}

export interface WorkerWish {
  /** a program and its arguments that runs the worker as its last ones and becomes it (exec) */
  within?: string[];
  /** another folder of source than this one */
  source?: string | undefined;
}

export function startWorker(
  place: Place,
  env: Record<string, string> = {},
  { within = [], source }: WorkerWish = {},
): WorkerProcess {
  const file = join(place.folder, `worker-${Date.now()}-${Math.random().toString(36).slice(2, 8)}.log`);
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !name.startsWith("MAILFERRY_") && name !== "DATABASE_URL" && !name.startsWith("VITEST"),
    ),
  );
  const worker = source ? ["--import", "tsx", "worker/main.ts"] : ["cli/worker.mjs"];
  const [program = "", ...words] = [...within, process.execPath, ...worker];
  const child = spawn(program, words, {
    ...(source ? { cwd: source } : {}),
    // Another folder's own paths: an inherited one would take half of the program from here.
    env: {
      ...inherited,
      ...(source ? { TSX_TSCONFIG_PATH: join(source, "tsconfig.json") } : {}),
      NODE_ENV: "production",
      ...place.env,
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out = createWriteStream(file);
  child.stdout?.pipe(out);
  child.stderr?.pipe(out);
  const exited = new Promise<number | null>((done) => child.once("exit", (code) => done(code)));
  return {
    child,
    kill: async () => {
      child.kill("SIGKILL");
      await exited;
    },
    stop: async () => {
      child.kill("SIGTERM");
      return exited;
    },
    log: () => (existsSync(file) ? readFileSync(file, "utf8") : ""),
  };
}

/** Waits for a condition, asking again every 100 ms; throws with `what` when it does not come. */
export async function until(
  what: string,
  condition: () => Promise<boolean> | boolean,
  withinMs = 60_000,
): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`in ${withinMs / 1000} s it did not happen that ${what}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
