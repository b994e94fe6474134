// The states as chips, each a link: the address says what is shown, so it can be sent to a colleague.
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import type { ListState } from "@/domain/message/search";
import { stateWords } from "./words";

const order: (readonly ListState[])[] = [
  ["waiting", "delivered", "badmail", "held", "uncertain", "duplicate"],
  ["discarded", "merged", "deleted", "expired"],
];

const chip =
  "inline-flex h-8 shrink-0 items-center rounded-md border border-n6 px-2.5 text-table text-ink whitespace-nowrap hover:bg-hover " +
  "aria-[current=true]:border-accent aria-[current=true]:bg-accent-soft aria-[current=true]:font-medium";

export function StateChips({
  chosen,
  hrefOf,
}: {
  chosen: ListState | undefined;
  hrefOf: (state?: ListState) => string;
}) {
  return (
    <>
      <nav
        aria-label="State"
        className="-mx-4 mb-2 flex items-center gap-1.5 overflow-x-auto px-4 py-1 [scrollbar-width:none] md:mx-0 md:flex-wrap md:px-0"
      >
        <SoftLink href={hrefOf()} aria-current={chosen ? undefined : "true"} className={chip}>
          All
        </SoftLink>
        {order.map((group, n) => (
          <span
            key={group[0]}
            className={`flex gap-1.5 md:flex-wrap ${n > 0 ? "border-line border-l pl-3 ml-1.5" : ""}`}
          >
            {group.map((state) => (
              <SoftLink
                key={state}
                href={hrefOf(state === chosen ? undefined : state)}
                aria-current={state === chosen ? "true" : undefined}
                title={stateWords[state].means}
                className={chip}
              >
                <StateMark state={stateWords[state].state}>{stateWords[state].word}</StateMark>
              </SoftLink>
            ))}
          </span>
        ))}
      </nav>
      <p className="mb-1 min-h-5 text-soft text-table">{chosen && stateWords[chosen].means}</p>
    </>
  );
}
