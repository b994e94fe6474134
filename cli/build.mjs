// npm run build: the portal and the worker, ready for `npm run web` and `npm run worker`.
import { ensureAll, main } from "./ensure.mjs";

await main(() => ensureAll({ build: true }));
