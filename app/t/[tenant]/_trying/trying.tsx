// Stands around what shows a server with its "Try all now", and says what came of it while the page follows what happens.
"use client";
import { createContext, type ReactNode, useContext, useState } from "react";
import { Button } from "@/app/_ui/button";
import { Banner } from "@/app/_ui/state";
import { shortTime } from "@/app/_ui/time";
import { type Asked, type LaneNow, outcomeOf } from "./outcome";

const Note = createContext<(mails: number) => void>(() => {});

/** For the buttons inside: says that so many mails were made due. */
export const useTrying = (): ((mails: number) => void) => useContext(Note);

interface Props {
  /** null: there is no server, and so no button */
  lane: LaneNow | null;
  zone: string;
  now: Date;
  children: ReactNode;
}

export function Trying({ lane, zone, now, children }: Props) {
  const [asked, setAsked] = useState<Asked | null>(null);
  // The clock of whoever drew the page, as all times on it: the browser's own may be wrong.
  const note = (mails: number) => setAsked({ at: now, mails, nextTryBefore: lane?.nextTryAt ?? null });
  const outcome = asked && lane ? outcomeOf(asked, lane, now, (at) => shortTime(at, zone, now)) : null;
  return (
    <Note value={note}>
      {children}
      {outcome && (
        <div className="mb-6">
          <Banner
            live
            state={outcome.state}
            title={outcome.title}
            action={
              outcome.over && (
                <Button size="small" kind="ghost" onClick={() => setAsked(null)}>
                  Close
                </Button>
              )
            }
          />
        </div>
      )}
    </Note>
  );
}
