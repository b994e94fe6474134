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
  /** a round of looks is under way */
  going: boolean;
}

const silent = { ok: false, message: "The portal did not answer. Try again." } as const;

export function StartAll({ slug, ids, question, mayLook, mayStart, going }: StartAllProps) {
  const router = useRouter();
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState("");
  const look = async () => {
    setBusy(true);
    const answer = await lookIntoStopped(slug, {}).catch(() => silent);
    setBusy(false);
    setSaid(answer.ok ? "" : answer.message);
    if (answer.ok) router.refresh();
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
        <Button busy={(busy || going) && "Looking"} onClick={look}>
          Look into all
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
