// How a search was understood, part by part. Each part can be taken out; a day or a state can be words instead.
import { X } from "lucide-react";
import { SoftLink } from "@/app/_ui/soft-link";
import { reasonWords } from "@/domain/message/reasons";
import type { Asked } from "./asked";
import { markWords } from "./mark-words";

const chip = "inline-flex min-h-7 max-w-full items-center gap-1.5 rounded-md bg-n3 pl-2.5 text-table";
const remove = "grid size-7 shrink-0 place-items-center rounded-md text-soft hover:bg-n4 hover:text-ink";

export function Marks({ asked, zone }: { asked: Asked; zone: string }) {
  const { marks, reason, to } = asked;
  if (marks.length === 0 && !reason) return <div className="mb-3 h-7" />;
  const days = marks.some(({ kind }) => kind === "days");
  return (
    <section aria-label="How this was understood" className="mb-3 flex min-h-7 flex-wrap items-center gap-1.5">
      <ul className="contents">
        {marks.map((mark) => {
          const { head, text } = markWords(mark);
          const beside = mark.kind === "days" && mark.asWords === null;
          const rest = to({
            text: mark.without || undefined,
            ...(beside ? { from: undefined, until: undefined } : {}),
          });
          return (
            <li key={`${head} ${text} ${mark.without}`} className={chip}>
              <span className="truncate">
                <span className="text-soft">{head}</span> {text}
              </span>
              {mark.asWords !== null && (
                <SoftLink href={to({ text: mark.asWords })} className="shrink-0 text-accent underline">
                  as words
                </SoftLink>
              )}
              <SoftLink href={rest} className={remove} aria-label={`Remove ${head} ${text}`}>
                <X aria-hidden size={14} />
              </SoftLink>
            </li>
          );
        })}
        {reason && (
          <li className={chip}>
            <span className="truncate">
              <span className="text-soft">Cause</span> {reasonWords(reason).title}
            </span>
            <SoftLink href={to({ reason: undefined })} className={remove} aria-label="Show every cause">
              <X aria-hidden size={14} />
            </SoftLink>
          </li>
        )}
      </ul>
      {days && <span className="text-soft text-table">Days in {zone}.</span>}
    </section>
  );
}
