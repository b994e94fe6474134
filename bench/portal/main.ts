// The portal in figures: production build, an embedded Postgres with 500 tenants and a million mails. Server time of every page,
// JavaScript of its first load, and how long it takes from a click to the next page. Ends with 1 when a promise doesn't hold.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findBrowser } from "@/cli/browser.mjs";
import { startPostgres } from "@/cli/postgres.mjs";
import { startPortal } from "@/e2e/start";
import { connect, loadMails, makeTenants } from "../trace/world";
import { configurationOf } from "./configuration";
import { worst } from "./figures";
import { exampleIds, pagesOf, signIn } from "./ground";
import { measureLighthouse, type Scores } from "./lighthouse";
import { measureMoves } from "./moves";
import { measurePages, scriptsOf } from "./pages";

const options = {
  mails: { type: "string", default: "1000000" },
  tenants: { type: "string", default: "500" },
  /** requests of each page, after two that aren't counted */
  times: { type: "string", default: "20" },
} as const;

const limits = { medianMs: 100, p95Ms: 250, scriptKb: 150, moveMs: 100, score: 95 };

type Say = (line: string) => void;

export async function run(args: string[], say: Say): Promise<number> {
  const { values } = parseArgs({ args, options });
  const folder = mkdtempSync(join(tmpdir(), "mailferry-bench-"));
  const server = await startPostgres(folder, { sync: false, settings: { max_wal_size: "4GB" } });
  try {
    await makeWorld(server.url, folder, { mails: Number(values.mails), tenants: Number(values.tenants) }, say);
    const portal = await startPortal(folder, { DATABASE_URL: "" });
    try {
      return await measure({ portal: portal.url, database: server.url, folder }, Number(values.times), say);
    } finally {
      await portal.stop();
    }
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function makeWorld(url: string, folder: string, wish: { mails: number; tenants: number }, say: Say) {
  const env = { ...process.env, DATABASE_URL: url, MAILFERRY_DATA: folder };
  command(["migrate"], env);
  const owner = await connect(url);
  say(`Making ${wish.mails.toLocaleString("en")} mails of ${wish.tenants} tenants …`);
  const tenants = await makeTenants(owner, wish.tenants, wish.mails);
  command(["import", "-"], env, configurationOf(tenants));
  await loadMails(owner, tenants, wish.mails, new Date(), () => {});
  // As a worker leaves it behind: the mails were loaded past the door that counts them.
  await owner.query(`insert into ledger (tenant_id, collected)
    select tenant_id, count(*) from mail where kind = 'collected' group by 1
    on conflict (tenant_id) do update set collected = excluded.collected`);
  await owner.query(`insert into ledger_proof (tenant_id, sum_at, bytes_at) select id, now(), now() from tenant
    on conflict (tenant_id) do update set sum_at = excluded.sum_at, bytes_at = excluded.bytes_at`);
  await owner.end();
}

function command(words: string[], env: NodeJS.ProcessEnv, input = ""): void {
  const ran = spawnSync(process.execPath, ["cli/mailferry.mjs", ...words], { env, input, encoding: "utf8" });
  if (ran.status !== 0) throw new Error(`mailferry ${words.join(" ")}: ${ran.stdout}${ran.stderr}`);
}

interface Place {
  /** its address */
  portal: string;
  database: string;
  folder: string;
}

async function measure({ portal, database, folder }: Place, times: number, say: Say): Promise<number> {
  const ids = await exampleIds(database);
  const cookie = await signIn(database, folder);
  const pages = await measurePages(portal, cookie, pagesOf(ids), times);
  say(`\n${"page".padEnd(44)}${"median".padStart(8)}${"p95".padStart(8)}  ms   JavaScript, KB`);
  let faults = 0;
  for (const page of pages) {
    const kb = await scriptsOf(portal, page.scripts);
    const holds = page.median <= limits.medianMs && page.p95 <= limits.p95Ms && kb <= limits.scriptKb;
    if (!holds) faults += 1;
    const figures = `${page.median.toFixed(1).padStart(8)}${page.p95.toFixed(1).padStart(8)}${kb.toFixed(0).padStart(17)}`;
    say(`${holds ? " " : "!"} ${page.path.padEnd(42)}${figures}`);
  }
  const browser = await findBrowser();
  const moves = await measureMoves(portal, cookie, browser, 5);
  say(`\n${"from a click to the page".padEnd(44)}${"median".padStart(8)}${"worst".padStart(8)}  ms`);
  for (const { name, median, all } of moves) {
    if (median > limits.moveMs) faults += 1;
    const figures = `${median.toFixed(0).padStart(8)}${worst(all).toFixed(0).padStart(8)}`;
    say(`${median <= limits.moveMs ? " " : "!"} ${name.padEnd(42)}${figures}`);
  }
  const scores = await measureLighthouse(portal, cookie, browser);
  faults += reportScores(scores, say);
  const promise = `a page in ${limits.medianMs} ms (median) and ${limits.p95Ms} ms (95th percentile), ${limits.scriptKb} KB of JavaScript, ${limits.moveMs} ms from click to page${scores ? `, ${limits.score} of Lighthouse` : ""}`;
  say(`\n${faults === 0 ? "All holds" : `${faults} lines don't hold`}: ${promise}.`);
  return faults > 0 ? 1 : 0;
}

/** How many don't hold. */
function reportScores(scores: Scores[] | null, say: Say): number {
  if (!scores) {
    say("\nLighthouse is not installed, so its scores are not among these: npm install --global lighthouse@12");
    return 0;
  }
  let faults = 0;
  say(`\n${"Lighthouse, desktop, of 100".padEnd(44)}${"performance".padStart(13)}${"accessibility".padStart(15)}`);
  for (const { path, performance, accessibility } of scores) {
    const holds = performance >= limits.score && accessibility >= limits.score;
    if (!holds) faults += 1;
    say(
      `${holds ? " " : "!"} ${path.padEnd(42)}${String(performance).padStart(13)}${String(accessibility).padStart(15)}`,
    );
  }
  return faults;
}
