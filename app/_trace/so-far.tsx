// Where a search ended before it had looked at all mail: how far back it went. An answer that is waited for is not one.
import { EmptyState } from "@/app/_ui/page";
import { Time } from "@/app/_ui/time";

interface Props {
  rows: number;
  /** from then on every mail was looked at */
  backTo: Date;
  zone: string;
  now: Date;
}

export function SoFar({ rows, ...back }: Props) {
  if (rows > 0)
    return (
      <p className="mt-4 text-soft">
        Searched back to <Time at={back.backTo} zone={back.zone} now={back.now} /> so far: these words are frequent, and
        seldom together.
      </p>
    );
  return (
    <EmptyState title="Nothing found so far">
      Every mail since <Time at={back.backTo} zone={back.zone} now={back.now} /> was looked at. These words are
      frequent, and seldom together: older mail takes a moment longer.
    </EmptyState>
  );
}
