// A mail's way as a line from top to bottom with a stop per door: the time at the left, what happened at the right.
import type { ReactNode } from "react";
import { type State, StateMark } from "@/app/_ui/state";
import { longTime } from "@/app/_ui/time";
import { formatter } from "@/lib/formatter";

export interface StopProps {
  state: State;
  at: Date | null;
  zone: string;
  /** the time before it on the line: the day is told where it changes */
  before: Date | null;
  title: ReactNode;
  children?: ReactNode;
  last?: boolean;
}

export const Line = ({ children }: { children: ReactNode }) => <ol className="grid">{children}</ol>;

export function Stop({ state, at, zone, before, title, children, last = false }: StopProps) {
  return (
    <li className="relative grid grid-cols-[18px_minmax(0,1fr)] gap-x-3 md:grid-cols-[84px_18px_minmax(0,1fr)]">
      <span className="pt-px text-right text-soft text-table leading-[22px] max-md:hidden">
        {at && <When at={at} zone={zone} before={before} />}
      </span>
      <span className="relative flex justify-center">
        {!last && <span aria-hidden className="absolute top-5 bottom-[-2px] left-1/2 w-px -translate-x-1/2 bg-n6" />}
        <span className="relative mt-[3px] h-4 leading-4">
          <StateMark state={state} bare />
        </span>
      </span>
      <div className={`min-w-0 ${last ? "" : "pb-5"}`}>
        <h3 className="font-medium [overflow-wrap:anywhere]">
          {title}
          {at && (
            <span className="ml-2 font-normal text-soft text-table md:hidden">
              <When at={at} zone={zone} before={before} />
            </span>
          )}
        </h3>
        {children && <div className="mt-1 grid gap-1.5 text-table">{children}</div>}
      </div>
    </li>
  );
}

function When({ at, zone, before }: { at: Date; zone: string; before: Date | null }) {
  const day = dayWords(at, zone);
  return (
    <time dateTime={at.toISOString()} title={`${longTime(at, zone)} (${zone})`} className="tabular whitespace-nowrap">
      {(before === null || dayWords(before, zone) !== day) && <span className="md:block">{day} </span>}
      {clockWords(at, zone)}
    </time>
  );
}

const dayWords = (at: Date, zone: string) =>
  formatter("en-GB", { day: "numeric", month: "short", timeZone: zone }).format(at);

/** "14:02:09": on a mail's way seconds tell something. */
export const clockWords = (at: Date, zone: string) =>
  formatter("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit", timeZone: zone }).format(at);
