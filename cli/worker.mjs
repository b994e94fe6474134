// npm run worker: one worker, in this process, from one file that is made anew whenever its sources changed.
import { ensureThere, ensureWorker, main } from "./ensure.mjs";

await main(async () => {
  ensureThere({ built: false });
  ensureWorker();
  // What it logs of a fault names the sources' lines.
  process.setSourceMapsEnabled(true);
  await import("../dist/worker.mjs");
});
