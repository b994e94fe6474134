// Runs the typed half of bringing up (cli/commands/prepare.ts) in this process; tsx is there once packages are.
import { join } from "node:path";
import { register } from "tsx/esm/api";
import { root } from "./ensure.mjs";

process.env.TSX_TSCONFIG_PATH = join(root, "tsconfig.json");
register();

/** Migrates and prepares; see cli/commands/prepare.ts. */
export async function prepareHere(env) {
  const { prepare } = await import("./commands/prepare.ts");
  return prepare(env);
}
