// The sum and the state of the ledger job as a terminal shows them, the same in `status` and `ledger`. Times are UTC.
import type { Proof } from "@/domain/ledger/proof";
import { placesTotal, type Sum } from "@/domain/ledger/sum";
import { mailWords } from "@/domain/mail-words";

const places = ["delivered", "waiting", "held", "badmail", "expired", "discarded", "merged", "deleted"] as const;

export function sumWords(sum: Sum): string {
  const shown = places.filter((place) => sum[place] > 0).map((place) => `${place} ${sum[place]}`);
  const total = placesTotal(sum);
  return `collected ${sum.collected} = ${shown.join(" + ") || "0"}${total === sum.collected ? "" : `   DOES NOT ADD UP: ${total}`}`;
}

/** "2026-11-24 14:02 UTC" */
export const timeWords = (at: Date): string => `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;

export const bodiesWords = (n: number): string => (n === 1 ? "1 body" : `${n} bodies`);

/** "ledger: proved 14:02, 12 bodies", or what is wrong. */
export function proofWords(proof: Proof | undefined, now: Date): string {
  const faults: string[] = [];
  if (proof && !proof.sumHolds) faults.push("the sum does not hold");
  if (proof && proof.wrong > 0) faults.push(`the stored bytes of ${mailWords(proof.wrong)} are wrong`);
  const looked = proof?.provedAt && `${clockWords(proof.provedAt, now)}, ${bodiesWords(proof.bodies)} (UTC)`;
  if (faults.length > 0)
    return `ledger: FAULT, ${faults.join(", and ")}${looked ? `; looked at ${looked}` : ""}. “mailferry ledger” has the details`;
  return looked ? `ledger: proved ${looked}` : "ledger: not proved yet";
}

/** "14:02" today, with the day before it otherwise. */
function clockWords(at: Date, now: Date): string {
  const [day, clock] = at.toISOString().slice(0, 16).split("T");
  return day === now.toISOString().slice(0, 10) ? `${clock}` : `${day} ${clock}`;
}
