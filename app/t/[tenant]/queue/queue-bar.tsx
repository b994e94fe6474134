// How many waiting mails are chosen, and what can be done with them.
"use client";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { TextInput } from "@/app/_ui/inputs";
import { mailWords } from "@/domain/mail-words";
import { countQueue } from "./actions";

interface Counted {
  mails: number;
  until: number;
}

interface Props {
  slug: string;
  visible: readonly string[];
  chosen: readonly string[];
  whole: boolean;
  /** how many wait in all; empty when all of them are on this page */
  all: string;
  said: string;
  busy: boolean;
  onChoose: (ids: readonly string[]) => void;
  onWhole: () => void;
  onTry: () => Promise<void>;
  /** the answer: why nothing was held, or null */
  onHold: (counted: Counted, why: string) => Promise<string | null>;
}

export function QueueBar(props: Props) {
  const { slug, visible, chosen, whole, all, said, busy, onChoose, onWhole, onTry, onHold } = props;
  const box = useRef<HTMLInputElement>(null);
  const [why, setWhy] = useState("");
  const [counted, setCounted] = useState<Counted | null>(null);
  const [trying, setTrying] = useState(false);
  const full = whole || (chosen.length === visible.length && chosen.length > 0);
  useEffect(() => {
    if (box.current) box.current.indeterminate = !full && chosen.length > 0;
  }, [full, chosen]);
  const words = whole ? `All ${all} that wait` : mailWords(chosen.length);
  const any = whole || chosen.length > 0;
  const count = async () => {
    setCounted(null);
    if (!whole) {
      setCounted({ mails: chosen.length, until: 0 });
      return null;
    }
    const answer = await countQueue(slug, {});
    if (!answer.ok) return answer.message;
    if (answer.data.mails === 0) return "No mail waits any more: there is nothing to hold.";
    setCounted(answer.data);
    return null;
  };
  const confirm = async () => {
    const fault = counted && (await onHold(counted, why));
    if (!fault) setWhy("");
    return fault;
  };
  const held = whole ? counted?.mails : chosen.length;
  const one = held === 1;
  return (
    <div className="sticky top-0 z-20 flex min-h-12 flex-wrap items-center gap-x-3 gap-y-2 border-n5 border-b bg-page py-2 max-md:top-[48px]">
      <label className="flex items-center gap-3 pl-1">
        <input
          aria-label="Choose all on this page"
          ref={box}
          type="checkbox"
          className="size-4"
          checked={full}
          disabled={busy}
          onChange={() => onChoose(full ? [] : visible)}
        />
        <span role="status" className={any ? "font-medium" : "text-soft"}>
          {any ? `${words} chosen` : said || "Choose all on this page"}
        </span>
      </label>
      {full && !whole && all && (
        <Button size="small" kind="ghost" onClick={onWhole}>
          Choose all {all} that wait
        </Button>
      )}
      {any && !busy && (
        <div className="flex flex-wrap gap-2 md:ml-auto">
          {!whole && (
            <Button
              size="small"
              busy={trying && "Asking"}
              onClick={async () => {
                setTrying(true);
                await onTry();
                setTrying(false);
              }}
            >
              Try now
            </Button>
          )}
          <ConfirmDialog
            trigger="Hold"
            triggerSize="small"
            title={`Hold ${held === undefined ? "all mails" : mailWords(held)}${whole ? ` that ${one ? "waits" : "wait"}` : ""}?`}
            confirm={`Hold ${held === undefined ? "all" : mailWords(held)}`}
            onOpen={count}
            onConfirm={confirm}
          >
            <p>
              {one ? "It leaves" : "They leave"} the queue for “BADMAIL and held”, whole, until somebody lets{" "}
              {one ? "it" : "them"} go on. What is being sent goes to its end. Mail that comes later isn’t held: for
              that, pause the server.
            </p>
            <TextInput
              label="Why"
              help="Others read it there. It may stay empty."
              value={why}
              maxLength={300}
              placeholder="The customer asks us to wait"
              onChange={(event) => setWhy(event.target.value)}
            />
          </ConfirmDialog>
        </div>
      )}
    </div>
  );
}
