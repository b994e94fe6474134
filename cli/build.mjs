// npm run build: the portal, ready for `npm run web`.
import { ensureAll, main } from "./ensure.mjs";

await main(() => ensureAll({ build: true }));
