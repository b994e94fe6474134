// The proof that nothing is missing: collected is the sum of all places, and stored bytes are what was collected. The
// numbers are shown only when it fails.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import type { WrongMail } from "@/domain/ledger/faults";
import type { Proof } from "@/domain/ledger/proof";
import { placesTotal, type Sum } from "@/domain/ledger/sum";
import { provedWords, wrongWords } from "@/domain/ledger/words";
import { places } from "@/domain/message/place";

const words: Record<(typeof places)[number], string> = {
  waiting: "waiting",
  held: "held",
  badmail: "in BADMAIL",
  expired: "expired by the period that was switched on",
  deleted: "deleted by a person",
  discarded: "discarded by a rule",
  delivered: "accepted by Exchange",
  merged: "merged into another copy",
};

type Given = { collected: number; proof: Proof; zone: string; now: Date };

/** One line when all is right. No number of now stands beside that time. */
export function ProofLine({ collected, proof, zone, now }: Given) {
  if (collected === 0) return null;
  return (
    <p className="mt-4 text-soft text-table">
      <StateMark state="flowing">
        Nothing missing
        {proof.provedAt && (
          <>
            , proved <Time at={proof.provedAt} zone={zone} now={now} />
          </>
        )}
        {provedWords(collected, proof)}
      </StateMark>
    </p>
  );
}

/** Below the sentence that something is wrong: the first of them. */
export function WrongMails({ slug, proof: { wrong, first } }: { slug: string; proof: Proof & { first: WrongMail[] } }) {
  return (
    <ul aria-label="Mails whose stored bytes are wrong" className="mt-3 mb-6 max-w-[720px] text-table">
      {first.map((mail) => (
        <li key={mail.mailId} className="border-line border-b py-1.5 [overflow-wrap:anywhere]">
          <SoftLink href={`/t/${slug}/messages/${mail.mailId}`} className="text-accent underline">
            {mail.subject || "(no subject)"}
          </SoftLink>{" "}
          <span className="text-soft">
            ({words[mail.place]}): {wrongWords(mail)}
          </span>
        </li>
      ))}
      {wrong > first.length && (
        <li className="py-1.5 text-soft">and {(wrong - first.length).toLocaleString("en")} more</li>
      )}
    </ul>
  );
}

/** Below the sentence that the sum doesn't hold: its numbers. */
export function SumTable({ sum }: { sum: Sum }) {
  const total = placesTotal(sum);
  return (
    <section aria-label="The sum" className="mt-3 mb-6 max-w-[520px]">
      <table className="w-full text-table">
        <caption className="sr-only">Collected mails and where they are</caption>
        <tbody>
          {places.map((place) => (
            <tr key={place} className="border-line border-b">
              <th scope="row" className="h-8 text-left font-normal">
                {words[place]}
              </th>
              <td className="tabular text-right">{sum[place].toLocaleString("en")}</td>
            </tr>
          ))}
          <tr className="border-n6 border-b font-medium">
            <th scope="row" className="h-9 text-left font-medium">
              all places together
            </th>
            <td className="tabular text-right">{total.toLocaleString("en")}</td>
          </tr>
          <tr className="font-medium text-stop">
            <th scope="row" className="h-9 text-left font-medium">
              collected
            </th>
            <td className="tabular text-right">
              {sum.collected.toLocaleString("en")} ({Math.abs(sum.collected - total).toLocaleString("en")}{" "}
              {sum.collected > total ? "missing" : "too many"})
            </td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}
