// npm start: does all that is needed on an empty clone, then runs database, portal and worker until told to stop.
import { mkdirSync } from "node:fs";
import { resolve } from "node:path";
import { ensureAll, main, Need, say } from "./ensure.mjs";
import { takeFolder } from "./starter-lock.mjs";
import { checkPort, spawnProgram, superviseUntilStopped } from "./supervise.mjs";

/**
 * Starts everything.
 * @param {{ env: NodeJS.ProcessEnv, dev?: boolean, afterReady?: (facts: { url: string, env: object }) => Promise<void>, cleanUp?: () => Promise<void>, afterStop?: () => void }} options
 */
export async function start({ env, dev = false, afterReady, cleanUp, afterStop }) {
  const port = Number(env.PORT || 3000);
  const host = env.HOST || "127.0.0.1";
  ensureAll({ build: !dev });
  await checkPort(port, host);
  const folder = resolve(env.MAILFERRY_DATA || "data");
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new Need(`The data folder ${folder} can't be made (${error.code}). Choose another with MAILFERRY_DATA.`);
  }
  const giveBack = takeFolder(folder);
  const { bringUp } = await import("./bring-up.mjs");
  const world = await bringUp({ ...env, MAILFERRY_DATA: folder }).catch((error) => {
    giveBack();
    throw error;
  });
  const url = env.MAILFERRY_URL || `http://${host}:${port}`;
  const programs = [];
  try {
    programs.push(spawnProgram("The worker", ["cli/worker.mjs"], world.workerEnv));
    programs.push(
      spawnProgram("The portal", ["cli/web.mjs", ...(dev ? ["--dev"] : [])], {
        ...world.webEnv,
        PORT: String(port),
        HOST: host,
      }),
    );
    const stopped = superviseUntilStopped(programs, async () => {
      await cleanUp?.();
      await world.stop();
      giveBack();
      afterStop?.();
    });
    announce(url, world, programs, afterReady).catch((error) => say(`mailferry: ${error.message}`));
    process.exitCode = await stopped;
  } catch (error) {
    for (const program of programs) program.child.kill("SIGKILL");
    await world.stop();
    giveBack();
    throw error;
  }
  process.exit();
}

async function announce(url, world, programs, afterReady) {
  const health = `${url}/api/health`;
  const deadline = Date.now() + 120_000;
  while (Date.now() < deadline && programs.every((program) => program.running())) {
    const answer = await fetch(health).catch(() => null);
    if (answer?.ok) {
      say(`\n  Mailferry is ready: ${url}\n`);
      if (world.setupCode) {
        say(`  Make the first administrator: ${url}/first-administrator`);
        say(`  One-time code: ${world.setupCode}\n`);
      }
      // The demo says more about it by itself.
      if (world.administrator && !afterReady) say(`  Sign in as ${world.administrator}\n`);
      await afterReady?.({ url, env: world.ownerEnv });
      return;
    }
    await new Promise((r) => setTimeout(r, 200));
  }
  if (programs.every((program) => program.running())) {
    say(
      `The portal does not answer at ${health} yet. See the lines above; “npm run mailferry -- doctor” names what is wrong.`,
    );
  }
}

if (process.argv[1]?.endsWith("start.mjs")) {
  await main(() => start({ env: process.env, dev: process.argv.includes("--dev") }));
}
