// The proof that nothing is missing: collected is the sum of all places. The numbers are shown only when it fails.
import { StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import { holds, placesTotal, type Sum } from "@/domain/ledger/sum";
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

export function Proof({ sum, zone, now }: { sum: Sum; zone: string; now: Date }) {
  if (holds(sum))
    return sum.collected === 0 ? null : (
      <p className="mt-4 text-soft text-table">
        <StateMark state="flowing">
          Nothing missing, proved <Time at={now} zone={zone} now={now} />: each of {sum.collected.toLocaleString("en")}{" "}
          collected {sum.collected === 1 ? "mail is" : "mails is"} in exactly one place.
        </StateMark>
      </p>
    );
  const total = placesTotal(sum);
  return (
    <section aria-label="The sum" className="mb-6 max-w-[520px]">
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
