// The first sentence of the page: is mail flowing?

import type { ReactNode } from "react";
import type { State } from "@/app/_ui/state";
import type { Flow } from "@/domain/overview/flow";

const shapes: Record<State, string> = { flowing: "●", slow: "◐", needs: "▲", stopped: "■", idle: "○" };
const inks: Record<State, string> = {
  flowing: "text-flow",
  slow: "text-needs",
  needs: "text-needs",
  stopped: "text-stop",
  idle: "text-soft",
};

export function Headline({ flow, children }: { flow: Flow; children?: ReactNode }) {
  return (
    <section
      aria-label="Is mail flowing?"
      className="mb-6 grid grid-cols-[auto_minmax(0,1fr)] items-baseline gap-x-3 md:grid-cols-[auto_minmax(0,1fr)_auto]"
    >
      <span aria-hidden className={`text-[15px] leading-7 ${inks[flow.state]}`}>
        {shapes[flow.state]}
      </span>
      <p className="font-semibold text-title tracking-[-0.01em] [overflow-wrap:anywhere]">{flow.title}</p>
      {flow.detail && (
        <p className="col-start-2 mt-0.5 max-w-[80ch] text-soft [overflow-wrap:anywhere]">{flow.detail}</p>
      )}
      {children && (
        <div className="col-start-2 mt-3 md:col-start-3 md:row-span-2 md:row-start-1 md:mt-0 md:self-start">
          {children}
        </div>
      )}
    </section>
  );
}
