// What a code that was just typed has proved: the saved server and address, or values that are not saved yet.
import type { Proved } from "@/domain/probe/arrived";

export type Way = Pick<Proved, "host" | "port" | "postmaster">;

/** Null: other values are saved meanwhile, so that the proof is none of theirs. `counts`: the saved values are proved. */
export function provedWords(done: Proved, saved: Way, counts: boolean): string | null {
  const same = done.host === saved.host && done.port === saved.port && done.postmaster === saved.postmaster;
  if (same) return done.saved || counts ? "It is confirmed until the server or the address changes." : null;
  return done.saved ? null : "It counts as soon as these values are saved.";
}
