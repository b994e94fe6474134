// npm run bench -- NAME: what Mailferry promises in figures, measured. Each bench is a folder or file of bench/ that exports
// `run(args, say)` and answers an exit code; bench/README.md says what there is.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ensureAll, main, Need, root, say } from "./ensure.mjs";

await main(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  const file = join(root, "bench", name, "main.ts");
  if (!/^[a-z-]+$/.test(name) || !existsSync(file)) throw new Need("Say which: npm run bench -- trace");
  ensureAll({ build: false });
  process.chdir(root);
  process.env.TSX_TSCONFIG_PATH = join(root, "tsconfig.json");
  const { register } = await import("tsx/esm/api");
  register();
  const bench = await import(file);
  process.exitCode = await bench.run(args, say);
});
