// Where a search ended before it had looked at all mail: how far back it went. Whoever wants more goes on from there.
import type { Asked } from "@/app/_trace/asked";
import { EmptyState } from "@/app/_ui/page";
import { Time } from "@/app/_ui/time";

interface Props {
  asked: Asked;
  rows: number;
  /** everything from then on was searched */
  backTo: Date;
  zone: string;
  now: Date;
}

export function SoFar({ asked, rows, backTo, zone, now }: Props) {
  const far = (
    <>
      Searched back to <Time at={backTo} zone={zone} now={now} /> so far. Older mail takes a moment longer.
    </>
  );
  if (rows > 0) return <p className="mt-4 text-soft">{far}</p>;
  return <EmptyState title={asked.newerFits ? "No older mail fits so far" : "Nothing found so far"}>{far}</EmptyState>;
}
