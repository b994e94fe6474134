// What goes on with a group: a trial until the server has spoken, or many mails with how far they are.
"use client";
import { type ReactNode, useState } from "react";
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { Banner, type State } from "@/app/_ui/state";
import { useFollowed } from "@/app/_ui/use-followed";
import { mailWords } from "@/domain/mail-words";
import type { Fate } from "@/domain/message/fate";
import { fateOfMail } from "./actions";
import type { Progress } from "./run-parts";
import { patientMs, restOf, settled } from "./trial";

export type Job = { kind: "trial"; id: string; left: number } | { kind: "many"; verb: Verb; progress: Progress };

export type Verb = "sent" | "deleted" | "held";

export function JobView({
  slug,
  job,
  onRest,
  onClose,
  onSettled,
}: {
  slug: string;
  job: Job;
  onRest: () => void;
  onClose: () => void;
  onSettled: () => void;
}) {
  return job.kind === "trial" ? (
    <TrialView key={job.id} slug={slug} id={job.id} left={job.left} {...{ onRest, onClose, onSettled }} />
  ) : (
    <ManyView slug={slug} verb={job.verb} progress={job.progress} onClose={onClose} />
  );
}

function TrialView({
  slug,
  id,
  left,
  onRest,
  onClose,
  onSettled,
}: {
  slug: string;
  id: string;
  left: number;
  onRest: () => void;
  onClose: () => void;
  onSettled: () => void;
}) {
  const [fate, setFate] = useState<Fate | null>(null);
  const [fault, setFault] = useState("");
  useFollowed(id, ["mail", "lane"], async (wanted) => {
    const answer = await fateOfMail(slug, { id }).catch(() => null);
    if (!wanted()) return null;
    setFault(answer ? (answer.ok ? "" : answer.message) : "The portal does not answer. It is asked again.");
    const now = answer?.ok ? answer.data : null;
    if (!now) return patientMs;
    setFate(now);
    if (settled(now)) onSettled();
    return restOf(now);
  });
  const said = trialWords(fate, left);
  return (
    <Banner
      live
      state={said.state}
      title={said.title}
      action={
        <>
          {fate?.place === "delivered" && left > 0 && (
            <Button size="small" kind="primary" onClick={onRest}>
              Send the other {left.toLocaleString("en")}
            </Button>
          )}
          <Button size="small" kind="ghost" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      {said.words && <p className="font-mono text-[0.93em]">{said.words}</p>}
      {said.then && <p>{said.then}</p>}
      {fault && <p>{fault}</p>}
    </Banner>
  );
}

function trialWords(fate: Fate | null, left: number): { state: State; title: string; words?: string; then?: string } {
  const name = fate ? `The trial “${fate.subject || "without a subject"}”` : "The trial";
  const others = left > 0 ? `The other ${left.toLocaleString("en")} stay here.` : "";
  if (!fate) return { state: "idle", title: "The trial is on its way to Exchange …" };
  switch (fate.place) {
    case "waiting":
      if (fate.lane && fate.lane.state !== "closed")
        return {
          state: "needs",
          title: `${name} waits: the server takes no mail right now.`,
          words: fate.lane.reason ?? "",
          then: "It goes as soon as the server is back.",
        };
      if (fate.deferred)
        return {
          state: "needs",
          title: `${name} was put off by Exchange. It is tried again by itself.`,
          words: fate.words ?? fate.reason ?? "",
          then: others,
        };
      return { state: "idle", title: `${name} is on its way to Exchange …` };
    case "delivered":
      return { state: "flowing", title: `${name} was accepted by Exchange.`, words: fate.words ?? "" };
    case "badmail":
    case "held":
      return {
        state: "stopped",
        title: fate.place === "badmail" ? `${name} was refused again.` : `${name} is held again.`,
        words: fate.words ?? fate.reason ?? "",
        then: others && `${others} Change what the server names, then try again.`,
      };
    case "expired":
    case "deleted":
    case "discarded":
    case "merged":
      return { state: "idle", title: `${name} is ${fate.place}.` };
  }
}

export function ManyView({
  slug,
  verb,
  progress,
  onClose,
  undo,
}: {
  slug: string;
  verb: Verb;
  progress: Progress;
  onClose: () => void;
  /** the way back, where there is one */
  undo?: ReactNode;
}) {
  const { done, failed, total, running, fault } = progress;
  const gone = done + failed.length;
  const did = verb === "sent" ? "on their way to Exchange" : verb;
  const state: State = running ? "idle" : failed.length > 0 || fault ? "needs" : "flowing";
  const title = running
    ? `${gone.toLocaleString("en")} of ${total.toLocaleString("en")} …`
    : `${mailWords(done)} ${done === 1 ? did.replace("their", "its") : did}${failed.length > 0 ? `, ${failed.length.toLocaleString("en")} not` : ""}.`;
  const [first] = failed;
  const missing = running || fault ? 0 : total - gone;
  return (
    <Banner
      live
      state={state}
      title={title}
      action={
        !running && (
          <>
            {done === 1 && verb !== "deleted" && (
              <ButtonLink size="small" href={`/t/${slug}/messages/${progress.ids[0]}`}>
                Look at the mail
              </ButtonLink>
            )}
            {undo}
            <Button size="small" kind="ghost" onClick={onClose}>
              Close
            </Button>
          </>
        )
      }
    >
      {running && (
        <progress
          aria-label={{ sent: "Sending", deleted: "Deleting", held: "Holding" }[verb]}
          className="mt-2 block h-1.5 w-full max-w-80 overflow-hidden rounded-sm bg-n5 [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-n5 [&::-webkit-progress-value]:bg-accent"
          max={Math.max(total, 1)}
          value={gone}
        />
      )}
      {fault && <p>{fault}</p>}
      {first && <p>{first.message}</p>}
      {missing > 0 && (
        <p>
          {missing === 1 ? "Another one was" : `Another ${missing.toLocaleString("en")} were`} gone before: sent, or
          decided about by somebody else.
        </p>
      )}
    </Banner>
  );
}
