// How far a change of many mailboxes is, what came of it, and the way back.
"use client";
import { useState } from "react";
import { Button } from "@/app/_ui/button";
import { Banner } from "@/app/_ui/state";
import type { Progress } from "./parts";
import { type Done, doneWords, mailboxesWord } from "./words";

interface Props {
  what: Done;
  progress: Progress;
  /** the way back, or what is left of it */
  onBack: () => Promise<void>;
  onClose: () => void;
}

const backWords: Record<Done, string> = {
  settings: "Change back",
  pause: "Start them again",
  start: "Pause them again",
  back: "Change the rest back",
};

export function ProgressView({ what, progress, onBack, onClose }: Props) {
  const { total, done, failed, left, running, fault, unnoted } = progress;
  const [busy, setBusy] = useState(false);
  const gone = done.length + failed.length;
  const trouble = failed.length > 0 || fault !== "" || unnoted !== "";
  return (
    <div className="mb-4">
      <Banner
        live
        state={running ? "idle" : trouble ? "needs" : "flowing"}
        title={
          running
            ? `${gone.toLocaleString("en")} of ${total.toLocaleString("en")} …`
            : doneWords(what, done.length, failed.length)
        }
        action={
          !running && (
            <>
              {(what === "back" ? left : done).length > 0 && (
                <Button
                  size="small"
                  busy={busy && "Changing"}
                  onClick={async () => {
                    setBusy(true);
                    await onBack();
                    setBusy(false);
                  }}
                >
                  {backWords[what]}
                </Button>
              )}
              <Button size="small" kind="ghost" onClick={onClose}>
                Close
              </Button>
            </>
          )
        }
      >
        {running && (
          <progress
            aria-label="Changing mailboxes"
            className="mt-2 block h-1.5 w-full max-w-80 overflow-hidden rounded-sm bg-n5 [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-n5 [&::-webkit-progress-value]:bg-accent"
            max={Math.max(total, 1)}
            value={gone}
          />
        )}
        {fault && <p>{fault}</p>}
        {unnoted && <p>{unnoted}</p>}
        {left.length > 0 && (
          <p>
            {mailboxesWord(left.length)}{" "}
            {what === "back" ? "can still be changed back." : "not tried to the end: still chosen."}
          </p>
        )}
        {failed.length > 0 && !running && (
          <p>
            {failed[0]?.message}
            {failed.length > 1 && " Each says its own reason in the list; they stay chosen."}
          </p>
        )}
      </Banner>
    </div>
  );
}
