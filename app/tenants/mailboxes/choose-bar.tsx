// How many are chosen, and what can be done with them; all that fit can be chosen, not only those on the page.
"use client";
import { useEffect, useRef } from "react";
import { Button } from "@/app/_ui/button";
import type { Row } from "./list-table";
import { mailboxesWord } from "./words";

interface Props {
  rows: Row[];
  chosen: readonly { slug: string; id: string }[];
  whole: boolean;
  matching: number;
  /** what is being asked right now */
  busy: string;
  /** something goes on with what was chosen */
  locked: boolean;
  onChoose: (rows: readonly { slug: string; id: string }[]) => void;
  onWhole: () => void;
  /** null: their role may only pause and start */
  onEdit: (() => void) | null;
  onRun: (what: "pause" | "start") => void;
}

export function ChooseBar(props: Props) {
  const { rows, chosen, whole, matching, busy, locked, onChoose, onWhole, onEdit, onRun } = props;
  const box = useRef<HTMLInputElement>(null);
  const here = rows.filter(({ id }) => chosen.some((one) => one.id === id)).length;
  const all = whole || (here === rows.length && here > 0);
  useEffect(() => {
    if (box.current) box.current.indeterminate = !all && here > 0;
  }, [all, here]);
  const number = whole ? matching : chosen.length;
  const others = chosen.filter(({ id }) => !rows.some((row) => row.id === id));
  return (
    <div className="sticky top-0 z-10 flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-n5 border-b bg-page py-2 max-md:top-[48px]">
      <label className="flex items-center gap-3">
        <input
          aria-label="Choose all on this page"
          ref={box}
          type="checkbox"
          className="size-4"
          checked={all}
          disabled={locked}
          onChange={() => onChoose(all ? (whole ? [] : others) : [...others, ...rows])}
        />
        <span role="status" className={number > 0 ? "font-medium" : "text-soft"}>
          {number > 0 ? `${mailboxesWord(number)} chosen` : "Choose all on this page"}
        </span>
      </label>
      {all && !whole && matching > rows.length && !locked && (
        <Button size="small" kind="ghost" onClick={onWhole}>
          Choose all {matching.toLocaleString("en")} that fit
        </Button>
      )}
      {number > 0 && !locked && (
        <div className="flex flex-wrap gap-2 md:ml-auto">
          {onEdit && (
            <Button size="small" onClick={onEdit}>
              Change settings
            </Button>
          )}
          <Button size="small" onClick={() => onRun("pause")} busy={busy === "pause" && "Looking"}>
            Pause
          </Button>
          <Button size="small" onClick={() => onRun("start")} busy={busy === "start" && "Looking"}>
            Start
          </Button>
        </div>
      )}
    </div>
  );
}
