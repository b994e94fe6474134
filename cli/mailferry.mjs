#!/usr/bin/env node
// The command line's door: makes sure that packages and client are there, then runs the typed commands in this process.
import { join } from "node:path";
import { ensureThere, main, root } from "./ensure.mjs";

await main(async () => {
  ensureThere({ built: false });
  process.env.TSX_TSCONFIG_PATH = join(root, "tsconfig.json");
  const { register } = await import("tsx/esm/api");
  register();
  const { runCommand } = await import("./main.ts");
  process.exitCode = await runCommand(process.argv.slice(2), process.env);
});
