import { defineConfig } from "@playwright/test";
import { findBrowser } from "./cli/browser.mjs";

const executablePath = await findBrowser();

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.spec.ts",
  globalSetup: "./e2e/global-setup.ts",
  workers: 2,
  fullyParallel: true,
  timeout: 120_000,
  // A machine that stands still for seconds is no fault of the product's. What needed it is listed as flaky, and counted.
  retries: 1,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    // Recording each story costs time on a small machine: asked for where one is looked into.
    trace: process.env.MAILFERRY_TRACE === "1" ? "retain-on-failure" : "off",
    screenshot: "only-on-failure",
    launchOptions: {
      executablePath,
      // Debian's Chromium needs this as root; the others keep it off the network.
      args: [
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
      ],
    },
  },
});
