// npm run chaos: the fault matrix against real parts, on an empty clone too.
import { join } from "node:path";
import { ensureAll, main, root, say } from "./ensure.mjs";

await main(async () => {
  ensureAll({ build: false });
  process.chdir(root);
  process.env.TSX_TSCONFIG_PATH = join(root, "tsconfig.json");
  const { register } = await import("tsx/esm/api");
  register();
  const { chaos } = await import("../test/chaos/main.ts");
  process.exitCode = await chaos(process.argv.slice(2), say);
});
