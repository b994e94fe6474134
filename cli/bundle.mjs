// Makes one file of the worker's sources, dist/worker.mjs: Node reads one and not five hundred, which is most of a worker's start.
// Packages stay where they are. Its argument becomes the first line, which says what it was made of.
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./ensure.mjs";

const folder = join(root, "dist");
const { outputFiles } = await build({
  absWorkingDir: root,
  entryPoints: ["worker/main.ts"],
  outfile: join(folder, "worker.mjs"),
  banner: { js: `// ${process.argv[2]}` },
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  target: "node20",
  sourcemap: true,
  sourcesContent: false,
  write: false,
  logLevel: "warning",
});
mkdirSync(folder, { recursive: true });
// Two that build at once, such as tests: a worker that starts meanwhile reads the one or the other.
for (const { path, contents } of outputFiles) {
  writeFileSync(`${path}.${process.pid}`, contents);
  renameSync(`${path}.${process.pid}`, path);
}
