// How many are chosen, and what can be done with them; all that fit can be chosen, not only those on the page.
"use client";
import { useEffect, useRef } from "react";
import { Button } from "@/app/_ui/button";
import { mailWords } from "@/domain/mail-words";
import type { Choice, Target } from "@/domain/message/decide-schema";
import { type Counted, DecisionDialog } from "../decision-dialog";
import type { runParts } from "../run-parts";

interface Props {
  slug: string;
  visible: string[];
  chosen: string[];
  whole: boolean;
  mails: number;
  target: Target;
  again: boolean;
  warning: string | undefined;
  busy: boolean;
  onChoose: (ids: string[]) => void;
  onWhole: () => void;
  onConfirm: (choice: Choice, counted: Counted) => ReturnType<typeof runParts>;
}

export function SelectionBar(props: Props) {
  const { visible, chosen, whole, mails, busy, onChoose, onWhole } = props;
  const box = useRef<HTMLInputElement>(null);
  const here = visible.filter((id) => chosen.includes(id)).length;
  const all = whole || (here === visible.length && here > 0);
  useEffect(() => {
    if (box.current) box.current.indeterminate = !all && here > 0;
  }, [all, here]);
  const number = whole ? mails : chosen.length;
  const { slug, target, warning, onConfirm } = props;
  const shared = { slug, target, warning, onConfirm, mails: number, unaddressed: !props.again };
  return (
    <div className="sticky top-0 z-10 flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-n5 border-b bg-page py-2 max-md:top-[48px]">
      <label className="flex items-center gap-3">
        <input
          aria-label="Choose all on this page"
          ref={box}
          type="checkbox"
          className="size-4"
          checked={all}
          disabled={busy}
          onChange={() => onChoose(all ? [] : visible)}
        />
        <span role="status" className={number > 0 ? "font-medium" : "text-soft"}>
          {number > 0 ? `${mailWords(number)} chosen` : "Choose all on this page"}
        </span>
      </label>
      {all && !whole && mails > visible.length && (
        <Button size="small" kind="ghost" onClick={onWhole}>
          Choose all {mails.toLocaleString("en")} that fit
        </Button>
      )}
      {number === 0 && (
        <span className="text-soft text-table md:ml-auto">
          {props.again
            ? "Choose mails, then send them again, send them to another address, or delete them."
            : "Choose mails, then deliver them to an address, or delete them."}
        </span>
      )}
      {number > 0 && !busy && (
        <div className="flex flex-wrap gap-2 md:ml-auto">
          {props.again && <DecisionDialog {...shared} what="send-again" label="Send again" />}
          <DecisionDialog {...shared} what="send-to" label={props.again ? "Send to another address" : "Deliver to …"} />
          <DecisionDialog {...shared} what="delete" label="Delete" kind="danger" />
        </div>
      )}
    </div>
  );
}
