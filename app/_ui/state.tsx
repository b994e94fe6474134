// States are never colour alone: a shape and a word too. ● flowing, ◐ slow, ▲ needs you, ■ stopped, ○ idle.
import type { ReactNode } from "react";

export type State = "flowing" | "slow" | "needs" | "stopped" | "idle";

const shapes: Record<State, string> = { flowing: "●", slow: "◐", needs: "▲", stopped: "■", idle: "○" };
const words: Record<State, string> = {
  flowing: "flowing",
  slow: "slow",
  needs: "needs you",
  stopped: "stopped",
  idle: "idle",
};
const inks: Record<State, string> = {
  flowing: "text-flow",
  slow: "text-needs",
  needs: "text-needs",
  stopped: "text-stop",
  idle: "text-soft",
};
const grounds: Record<State, string> = {
  flowing: "bg-flow-soft",
  slow: "bg-needs-soft",
  needs: "bg-needs-soft",
  stopped: "bg-stop-soft",
  idle: "bg-n2",
};

/**
 * Shape and word; children replace the word, `bare` draws the shape with the word for screen readers only. The style sheet draws
 * the shape before what has this class and `data-state`: a list has hundreds of them.
 */
export function StateMark({
  state,
  bare,
  children = words[state],
}: {
  state: State;
  bare?: boolean;
  children?: ReactNode;
}) {
  return (
    <span className="state" data-state={state}>
      {bare ? <span className="sr-only">{words[state]}</span> : plain(children) ? children : <span>{children}</span>}
    </span>
  );
}

/** Text alone is one piece beside the shape already. */
const plain = (children: ReactNode) => typeof children === "string";

/** What the page has to say first: a state, a sentence, and the button that helps. */
export function Banner({
  state,
  title,
  children,
  action,
  live,
}: {
  state: State;
  title: ReactNode;
  children?: ReactNode;
  action?: ReactNode;
  /** announces itself: for what appears after a click */
  live?: boolean;
}) {
  return (
    <div
      {...(live ? { role: state === "stopped" ? "alert" : "status" } : {})}
      className={`flex flex-wrap items-start gap-x-4 gap-y-3 rounded-md px-4 py-3 ${grounds[state]}`}
    >
      <span aria-hidden className={`pt-px text-[12px] ${inks[state]}`}>
        {shapes[state]}
      </span>
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-medium [overflow-wrap:anywhere]">{title}</p>
        {children && <div className="mt-0.5 text-soft [overflow-wrap:anywhere]">{children}</div>}
      </div>
      {action && <div className="flex flex-wrap gap-2">{action}</div>}
    </div>
  );
}
