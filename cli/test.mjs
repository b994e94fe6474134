// npm test: everything, on an empty clone too. Install, client, build, then all tests against a real Postgres, then the
// stories in a real browser. Ends with a line "N passed, N failed".
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser } from "./browser.mjs";
import { ensureAll, main, Need, root, say } from "./ensure.mjs";

const peers = [
  { name: "Dovecot", files: ["/usr/sbin/dovecot"], get: "apt-get install dovecot-imapd dovecot-pop3d" },
  { name: "Postfix", files: ["/usr/sbin/postfix"], get: "apt-get install postfix" },
];

function checkPeers() {
  const missing = peers.filter((peer) => !peer.files.some((file) => existsSync(file)));
  if (missing.length === 0) return;
  const words = missing.map((peer) => `${peer.name} (${peer.get})`).join(", ");
  if (process.env.MAILFERRY_REQUIRE_PEERS) throw new Need(`These peers are required here and missing: ${words}.`);
  say(`Left out, since they are not on this machine: tests against ${words}.`);
}

function run(args, env) {
  return (
    spawnSync(process.execPath, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...env },
    }).status ?? 1
  );
}

/** vitest's own count; a file that could not even be loaded is a failure too. */
function vitestCount(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const result = JSON.parse(readFileSync(file, "utf8"));
  const broken = result.testResults.filter(
    (suite) => suite.status === "failed" && suite.assertionResults.length === 0,
  ).length;
  return { passed: result.numPassedTests, failed: result.numFailedTests + broken, skipped: result.numPendingTests };
}

function playwrightCount(file) {
  if (!existsSync(file)) return { passed: 0, failed: 1, skipped: 0 };
  const { stats } = JSON.parse(readFileSync(file, "utf8"));
  if (stats.flaky > 0) say(`Passed at the second try only: ${stats.flaky}. They are listed above as flaky.`);
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
}

const vitest = ["node_modules/vitest/vitest.mjs", "run", "--reporter=default", "--reporter=json"];
const playwright = ["node_modules/@playwright/test/cli.js", "test", "--reporter=list,json"];
const isStory = (path) => path.startsWith("e2e");

/** Types, lint and dead code count as one test. */
function checkRun() {
  const code = run(["cli/check.mjs"], {});
  return { code, count: () => ({ passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 }) };
}

await main(async () => {
  ensureAll({ build: true });
  checkPeers();
  const browser = await findBrowser();
  const folder = mkdtempSync(join(tmpdir(), "mailferry-results-"));
  try {
    const only = process.argv.slice(2);
    const unit = join(folder, "vitest.json");
    const stories = join(folder, "playwright.json");
    // Named paths run in the runner that they belong to; without any both run everything.
    const [forStories, forUnit] = [only.filter(isStory), only.filter((path) => !isStory(path))];
    const runs = [
      only.length === 0 && checkRun(),
      (only.length === 0 || forUnit.length > 0) && {
        count: () => vitestCount(unit),
        code: run([...vitest, `--outputFile.json=${unit}`, ...forUnit], {}),
      },
      (only.length === 0 || forStories.length > 0) && {
        count: () => playwrightCount(stories),
        code: run([...playwright, ...forStories], {
          MAILFERRY_CHROMIUM: browser,
          PLAYWRIGHT_JSON_OUTPUT_NAME: stories,
        }),
      },
    ].filter(Boolean);
    const counts = runs.map(({ count }) => count());
    const codes = runs.map(({ code }) => code);
    const total = (key) => counts.reduce((sum, count) => sum + count[key], 0);
    const skipped = total("skipped");
    // A runner that failed without a failed test (a worker that died, an error at the end) still fails the run.
    const failed = total("failed") || (codes.some((code) => code !== 0) ? 1 : 0);
    process.exitCode = failed > 0 ? 1 : 0;
    process.stdout.write(`\n${total("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
