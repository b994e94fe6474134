// Look into all, and start all: the second asks first, with the numbers that the looks brought.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { lookIntoStopped, startStopped } from "../actions";
import type { Question } from "./words";

export interface StartAllProps {
  slug: string;
  ids: string[];
  question: Question;
  mayLook: boolean;
  mayStart: boolean;
  /** how far a round of looks is; null when none is under way */
  progress: { done: number; of: number } | null;
  /** a round that looks into only a part of them says so before */
  mostAtOnce: number;
  withPassword: number;
}

const silent = { ok: false, message: "The portal did not answer. Try again." } as const;

export function StartAll({ slug, ids, question, mayLook, mayStart, ...looks }: StartAllProps) {
  const { progress, mostAtOnce, withPassword } = looks;
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const look = async () => {
    setBusy(true);
    const answer = await lookIntoStopped(slug, {}).catch(() => silent);
    setBusy(false);
    if (!answer.ok) return setSaid(answer.message);
    const { asked, left } = answer.data;
    setSaid(left > 0 ? `${asked} are looked into now; look again for the other ${left.toLocaleString("en")}.` : "");
    router.refresh();
  };
  const start = async () => {
    const answer = await startStopped(slug, { ids }).catch(() => silent);
    if (!answer.ok) return answer.message;
    router.push(`/t/${slug}/mailboxes`);
    router.refresh();
    return null;
  };
  return (
    <>
      <span role="status" className="self-center text-soft text-table">
        {said}
      </span>
      {mayLook && (
        <Button busy={progress ? `Looking: ${progress.done} of ${progress.of}` : busy && "Looking"} onClick={look}>
          {withPassword > mostAtOnce ? `Look into the next ${mostAtOnce}` : "Look into all"}
        </Button>
      )}
      {mayStart && question.count > 0 && (
        <ConfirmDialog
          trigger="Start all"
          triggerKind="primary"
          title={question.title}
          confirm={question.title.replace("?", "")}
          onConfirm={start}
        >
          {question.sentences.map((sentence) => (
            <p key={sentence}>{sentence}</p>
          ))}
        </ConfirmDialog>
      )}
    </>
  );
}
