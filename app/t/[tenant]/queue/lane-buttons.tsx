// Try all now, pause with a reason, resume: each says what it does before it does it.
"use client";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { TextInput } from "@/app/_ui/inputs";
import { useTrying } from "../_trying/trying";
import { tryAllNow } from "../exchange/actions";
import { pause, resume } from "./actions";

interface Props {
  slug: string;
  paused: boolean;
  waiting: number;
  host: string;
}

export function LaneButtons({ slug, paused, waiting, host }: Props) {
  const router = useRouter();
  const tried = useTrying();
  const [said, setSaid] = useState("");
  const [busy, setBusy] = useState(false);
  const [reason, setReason] = useState("");
  const done = (answer: Answer<unknown>): string | null => {
    if (!answer.ok) return answer.fields?.reason ?? answer.message;
    setSaid("");
    router.refresh();
    return null;
  };
  const tryAll = async () => {
    setBusy(true);
    const answer = await tryAllNow(slug, {}).catch(() => null);
    setBusy(false);
    if (!answer) setSaid("The portal did not answer. Try again.");
    else if (!answer.ok) setSaid(answer.message);
    else {
      setSaid("");
      tried(answer.data);
    }
    router.refresh();
  };
  return (
    <span className="flex flex-wrap items-center gap-2">
      <span role="status" className="text-soft text-table empty:hidden">
        {said}
      </span>
      {paused ? (
        <ConfirmDialog
          trigger="Resume"
          triggerKind="primary"
          title={`Resume delivery to ${host}?`}
          confirm="Resume"
          onConfirm={async () => done(await resume(slug, {}))}
        >
          <p>
            {waiting === 0
              ? "No mail waits."
              : `${waiting === 1 ? "1 mail goes" : `${waiting.toLocaleString("en")} mails go`} out at once, the oldest first.`}
          </p>
        </ConfirmDialog>
      ) : (
        <>
          {waiting > 0 && (
            <Button busy={busy && "Trying"} onClick={tryAll}>
              Try all now
            </Button>
          )}
          <ConfirmDialog
            trigger="Pause"
            title={`Pause delivery to ${host}?`}
            confirm="Pause"
            onConfirm={async () => {
              const fault = done(await pause(slug, { reason }));
              if (!fault) setReason("");
              return fault;
            }}
          >
            <p>
              Mail is still collected and waits here, in its order. What is being sent goes to its end. It stays paused
              until somebody resumes it.
            </p>
            <TextInput
              label="Why"
              value={reason}
              maxLength={300}
              placeholder="Exchange is being updated until 22:00"
              onChange={(event) => setReason(event.target.value)}
            />
          </ConfirmDialog>
        </>
      )}
    </span>
  );
}
