// Keeps the programs of one start together: spawns them, forwards the wish to stop once, waits for each in its order.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { Need, root, say } from "./ensure.mjs";

/**
 * A child with a pipe as standard input: when the starter dies, even by kill -9, the pipe ends and the child stops itself.
 * A process group of its own: Ctrl-C reaches the starter alone.
 */
export function spawnProgram(name, args, env) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...env, MAILFERRY_STOP_WITH_STDIN: "1" },
    stdio: ["pipe", "inherit", "inherit"],
    detached: process.platform !== "win32",
  });
  child.stdin.on("error", () => {});
  const exited = new Promise((done) => child.once("exit", (code, signal) => done(code ?? (signal ? 1 : 0))));
  return { name, child, exited, running: () => child.exitCode === null && child.signalCode === null };
}

async function stopProgram(program, seconds) {
  if (!program.running()) return;
  program.child.kill("SIGTERM");
  const timer = setTimeout(() => {
    say(`${program.name} did not stop within ${seconds} s and is ended.`);
    program.child.kill("SIGKILL");
  }, seconds * 1000);
  await program.exited;
  clearTimeout(timer);
}

/**
 * Waits until a signal comes or a program ends by itself, then stops all: programs in the order given, then `last`.
 * A worker may wait up to 600 s for Exchange's answer to a mail's end; a second signal ends it at once.
 * @returns the exit code: 0 after a signal, else that of the program that ended first
 */
export async function superviseUntilStopped(programs, last) {
  let signals = 0;
  const asked = new Promise((done) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        signals += 1;
        if (signals === 1) done({ code: 0, name: null });
        else for (const program of programs) if (program.running()) program.child.kill("SIGKILL");
      });
    }
  });
  const first = await Promise.race([asked, ...programs.map(async (p) => ({ code: await p.exited, name: p.name }))]);
  if (first.name) say(`${first.name} ended by itself (code ${first.code}); stopping the rest.`);
  else say("Stopping: waiting for what is under way (press Ctrl-C again to end at once) …");
  for (const program of programs) await stopProgram(program, 660);
  await last?.();
  return first.name ? first.code || 1 : 0;
}

/** Says in one line when a port is taken, before anything is started on it. */
export function checkPort(port, host) {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", (error) => {
      const why = error.code === "EADDRINUSE" ? "is taken by another program" : `can't be used (${error.code})`;
      failed(
        new Need(`Port ${port} on ${host} ${why}. Stop that program, or choose another port: PORT=3001 npm start`),
      );
    });
    server.listen(port, host, () => server.close(() => done()));
  });
}
