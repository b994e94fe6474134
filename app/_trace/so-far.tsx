// Where a search ended before it had looked at all mail: how far back it went. Whoever wants more goes on from there.
import type { Asked } from "@/app/_trace/asked";
import { ButtonLink } from "@/app/_ui/button-link";
import { EmptyState } from "@/app/_ui/page";
import { Time } from "@/app/_ui/time";

export const furtherWords = "Search further back";

interface Props {
  asked: Asked;
  rows: number;
  /** everything from then on was searched */
  backTo: Date;
  /** the address of what is older; below a list its pager leads there */
  further: string;
  zone: string;
  now: Date;
}

export function SoFar({ asked, rows, backTo, further, zone, now }: Props) {
  const at = <Time at={backTo} zone={zone} now={now} />;
  if (rows > 0)
    return <p className="mt-4 text-soft">Searched back to {at} so far. Older mail takes a moment longer.</p>;
  return (
    <EmptyState
      title={asked.newerFits ? "No older mail fits so far" : "Nothing found so far"}
      action={<ButtonLink href={further}>{furtherWords}</ButtonLink>}
    >
      Searched back to {at}. Older mail takes a moment longer.
    </EmptyState>
  );
}
