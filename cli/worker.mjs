// npm run worker: one worker, in this process, from one file. In production the one that was built runs, and nothing is built behind
// anybody's back; elsewhere it is made anew whenever its sources changed.
import { ensureThere, ensureWorker, main, workerIsBuilt } from "./ensure.mjs";

await main(async () => {
  ensureThere({ built: false });
  if (process.env.NODE_ENV !== "production" || !workerIsBuilt()) ensureWorker();
  // What it logs of a fault names the sources' lines.
  process.setSourceMapsEnabled(true);
  await import("../dist/worker.mjs");
});
