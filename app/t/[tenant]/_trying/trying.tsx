// Stands around what shows a server with its "Try all now", and says what came of it until nothing more will, or it is closed.
"use client";
import { createContext, type ReactNode, useContext, useState } from "react";
import { Button } from "@/app/_ui/button";
import { Banner } from "@/app/_ui/state";
import { shortTime } from "@/app/_ui/time";
import { useFollowed } from "@/app/_ui/use-followed";
import type { TriedAll } from "@/domain/queue/tried";
import { tried } from "../queue/actions";
import type { Outcome } from "./outcome";

const Note = createContext<(tried: TriedAll) => void>(() => {});

/** For the buttons inside: says what they did. */
export const useTrying = (): ((tried: TriedAll) => void) => useContext(Note);

interface Props {
  slug: string;
  zone: string;
  now: Date;
  children: ReactNode;
}

/** Where no news comes. */
const everyMs = 15_000;

export function Trying({ slug, zone, now, children }: Props) {
  const [asked, setAsked] = useState<TriedAll | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const note = (made: TriedAll | null) => {
    setAsked(made);
    setOutcome(null);
  };
  useFollowed(asked?.at.toISOString(), ["mail", "lane"], async (wanted) => {
    if (!asked) return null;
    const answer = await tried(slug, { at: asked.at, until: asked.until }).catch(() => null);
    const words = await import("./outcome").catch(() => null);
    if (!wanted()) return null;
    const found = words?.outcomeOfAnswer(asked, answer, (at) => shortTime(at, zone, now)) ?? "later";
    if (found === "later") return everyMs;
    if (found === "gone") {
      note(null);
      return null;
    }
    setOutcome(found);
    return found.over ? null : everyMs;
  });
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
              <Button size="small" kind="ghost" onClick={() => note(null)}>
                Close
              </Button>
            }
          />
        </div>
      )}
    </Note>
  );
}
