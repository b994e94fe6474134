// npm run worker: one worker, in this process, from one file. Outside of production it is made anew whenever its sources changed.
import { ensureThere, ensureWorker, main, tellOldWorker, workerIsBuilt } from "./ensure.mjs";

await main(async () => {
  ensureThere({ built: false });
  if (process.env.NODE_ENV === "production" && workerIsBuilt()) tellOldWorker();
  else ensureWorker();
  // What it logs of a fault names the sources' lines.
  process.setSourceMapsEnabled(true);
  await import("../dist/worker.mjs");
});
