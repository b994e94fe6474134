// npm run check: types, lint with format and the arrows of the house, dead code. In seconds, without a database.
import { spawn } from "node:child_process";
import { ensureAll, main, root, say } from "./ensure.mjs";

const checks = [
  { name: "types", args: ["node_modules/typescript/bin/tsc", "-p", "."] },
  { name: "lint and format", args: ["node_modules/@biomejs/biome/bin/biome", "check", "--error-on-warnings", "."] },
  { name: "dead code", args: ["node_modules/knip/bin/knip.js", "--no-progress"] },
];

const run = ({ name, args }) =>
  new Promise((done) => {
    const started = Date.now();
    let output = "";
    const child = spawn(process.execPath, args, { cwd: root });
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      output += data;
    });
    child.once("exit", (code) => done({ name, code, output, seconds: ((Date.now() - started) / 1000).toFixed(1) }));
  });

await main(async () => {
  ensureAll({ build: false });
  for (const { name, code, output, seconds } of await Promise.all(checks.map(run))) {
    say(`${code === 0 ? "ok  " : "FAIL"} ${name} (${seconds} s)`);
    if (code !== 0) {
      say(output.trimEnd());
      process.exitCode = 1;
    }
  }
});
