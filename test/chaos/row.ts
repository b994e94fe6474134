// A row of the fault matrix: what is broken, where it can run, and what must hold besides "nothing lost, nothing changed, no
// unmarked copy", which is counted for every row alike.
import type { World } from "./world";

export interface Row {
  number: number;
  name: string;
  /** in the short form that `npm test` runs: how long it may take, in seconds; null: only in `npm run chaos` */
  shortSeconds: number | null;
  /** `own`: a database server of its own, which the row may stop, fill or copy */
  cluster?: "own";
  /** needs what not every machine gives (root, libfaketime): `npm test` runs it where it can, in a file of its own */
  demanding?: true;
  /** why it can't run on this machine; null when it can */
  missing?(): string | null;
  /** Breaks things and waits until all is well again. Throws when something that the row requires did not come. */
  run(world: World): Promise<void>;
}
