// npm run screenshots: every page in light and dark, wide and narrow, from the demo's world, into docs/screenshots/. Takes some
// minutes; with a part of a path only the pages that have it: npm run screenshots -- exchange.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findBrowser } from "./browser.mjs";
import { ensureAll, main, Need, root, say } from "./ensure.mjs";

const freePort = () =>
  new Promise((done) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });

/** The demo as people start it; answers once its world is there. */
function startDemo(folder, port) {
  const env = { ...process.env, MAILFERRY_DATA: folder, PORT: String(port), HOST: "", MAILFERRY_DESIGN_PAGE: "1" };
  delete env.MAILFERRY_URL;
  const child = spawn(process.execPath, ["cli/demo.mjs"], { cwd: root, env, stdio: ["ignore", "inherit", "pipe"] });
  const ended = new Promise((done) => child.once("exit", done));
  const ready = new Promise((done, fail) => {
    let text = "";
    // What people read comes on standard error; results alone on the other.
    child.stderr.on("data", (data) => {
      text += data;
      const [, email, password] = /Email\s+(\S+)\s+Password\s+(.+)\n[\s\S]*Ctrl-C/.exec(text) ?? [];
      if (email) done({ email, password });
    });
    ended.then(() => fail(new Need(`The demo ended:\n${text.slice(-2000)}`)));
  });
  const stop = () => {
    child.kill("SIGINT");
    return ended;
  };
  return { ready, stop };
}

await main(async () => {
  ensureAll({ build: true });
  const browser = await findBrowser();
  process.env.TSX_TSCONFIG_PATH = join(root, "tsconfig.json");
  const { register } = await import("tsx/esm/api");
  register();
  const { takeScreenshots } = await import("../e2e/screenshots.ts");
  const folder = mkdtempSync(join(tmpdir(), "mailferry-screenshots-"));
  const port = await freePort();
  const demo = startDemo(folder, port);
  // A terminal tells the demo itself; a single signal to this process does not.
  process.once("SIGTERM", () => demo.stop().then(() => process.exit(1)));
  try {
    const person = await demo.ready;
    await takeScreenshots({
      url: `http://127.0.0.1:${port}`,
      folder,
      browser,
      person,
      only: process.argv[2] ?? "",
      say,
    });
  } finally {
    await demo.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
});
