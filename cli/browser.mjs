// Finds a Chromium for the browser stories, in this order: MAILFERRY_CHROMIUM, Playwright's own, one on PATH, the one in
// @sparticuz/chromium (Linux x64), then one try of `playwright install`.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Need, root, say } from "./ensure.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "microsoft-edge"];

const onPath = () =>
  (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((folder) => names.map((name) => join(folder, name)))
    .find((file) => existsSync(file));

async function playwrightsOwn() {
  const { chromium } = await import("@playwright/test");
  const file = chromium.executablePath();
  return existsSync(file) ? file : undefined;
}

async function fromPackage() {
  if (process.platform !== "linux" || process.arch !== "x64") return undefined;
  const { default: chromium } = await import("@sparticuz/chromium");
  const file = await chromium.executablePath().catch(() => undefined);
  if (file && spawnSync(file, ["--version"]).status === 0) return file;
  return undefined;
}

/** @returns {Promise<string>} the path of a browser that can be started here */
export async function findBrowser() {
  const given = process.env.MAILFERRY_CHROMIUM;
  if (given) {
    if (existsSync(given)) return given;
    throw new Need(`MAILFERRY_CHROMIUM names ${given}, which is not there.`);
  }
  const found = (await playwrightsOwn()) ?? onPath() ?? (await fromPackage());
  if (found) return found;
  say("No browser found: trying to download Playwright's …");
  spawnSync(process.execPath, [join(root, "node_modules/@playwright/test/cli.js"), "install", "chromium"], {
    stdio: ["ignore", 2, 2],
  });
  const own = await playwrightsOwn();
  if (own) return own;
  throw new Need(
    "No browser for the stories. Install Chromium (Debian: apt-get install chromium), or set MAILFERRY_CHROMIUM to one.",
  );
}
