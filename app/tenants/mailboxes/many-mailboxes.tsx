// The list with its boxes, and above it what is going on: choosing, what to change, what will change, how far it is.
"use client";
import { useRouter } from "next/navigation";
import { type ReactNode, useState } from "react";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import type { EveryFilter } from "@/domain/mailbox/every";
import type { Seen } from "@/domain/mailbox/many-schema";
import { changeBack, plan, run } from "./actions";
import { ChangeForm } from "./change-form";
import { ChooseBar } from "./choose-bar";
import { ListTable, type Row } from "./list-table";
import { inParts, type Progress } from "./parts";
import { type Asked, PlanView } from "./plan-view";
import { ProgressView } from "./progress-view";
import type { Done } from "./words";

export type { Row } from "./list-table";

interface Props {
  rows: Row[];
  matching: number;
  filter: EveryFilter;
  mayRun: boolean;
  mayEdit: boolean;
  /** in place of the list: what was changed may have left it, and the way back stays */
  empty: ReactNode;
}

/** `of`: what is changed back, for a way back */
type Job = { what: Done; of: Exclude<Done, "back">; progress: Progress };
type Step = { at: "choose" } | { at: "form" } | { at: "plan"; asked: Asked };
const noAnswer = "The portal did not answer. Try again.";

export function ManyMailboxes({ rows, matching, filter, mayRun, mayEdit, empty }: Props) {
  const router = useRouter();
  const [chosen, setChosen] = useState<readonly { slug: string; id: string }[]>([]);
  const [whole, setWhole] = useState(false);
  const [step, setStep] = useState<Step>({ at: "choose" });
  const [job, setJob] = useState<Job | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState("");
  const number = whole ? matching : chosen.length;
  const choose = (next: typeof chosen) => {
    setChosen(next);
    setWhole(false);
    setFault("");
  };
  const ask = async (change: Asked["change"]): Promise<Record<string, string> | null> => {
    setFault("");
    setBusy(change.do);
    const target = whole ? { filter } : { chosen: chosen.map(({ slug, id }) => ({ slug, id })) };
    const answer = await plan({ target, change }).catch(() => ({ ok: false, message: noAnswer }) as const);
    setBusy("");
    if (answer.ok) {
      setJob(null);
      setStep({ at: "plan", asked: { change, mailboxes: answer.data, wanted: number } });
      return null;
    }
    setFault(answer.message);
    return "fields" in answer ? (answer.fields ?? {}) : {};
  };
  const began = (what: Done, of: Job["of"]) => (progress: Progress) => {
    setStep({ at: "choose" });
    setJob({ what, of, progress });
    if (progress.running) return;
    const open = new Set([...progress.failed, ...progress.left].map(({ id }) => id));
    choose(
      what === "back"
        ? []
        : [...chosen, ...rows].filter(({ id }, n, all) => open.has(id) && all.findIndex((one) => one.id === id) === n),
    );
    router.refresh();
  };
  const back = async ({ what, of, progress }: Job) => {
    const undo = (part: Seen[]) =>
      of === "settings"
        ? withFresh(() => changeBack({ items: part }))
        : run({ items: part, change: { do: of === "pause" ? "start" : "pause" } });
    const refused = await inParts(undo, what === "back" ? progress.left : progress.done, began("back", of));
    if (refused) setFault(refused.message);
  };
  return (
    <>
      {job && <ProgressView {...job} onBack={() => back(job)} onClose={() => setJob(null)} />}
      {mayRun && rows.length > 0 && (
        <ChooseBar
          rows={rows}
          chosen={chosen}
          whole={whole}
          matching={matching}
          busy={busy}
          locked={step.at === "plan" || (job?.progress.running ?? false)}
          onChoose={choose}
          onWhole={() => setWhole(true)}
          onEdit={mayEdit ? () => setStep({ at: "form" }) : null}
          onRun={(what) => void ask({ do: what })}
        />
      )}
      {fault && (
        <p role="alert" className="my-3 text-stop">
          <span aria-hidden>■ </span>
          {fault}
        </p>
      )}
      {step.at === "form" && number > 0 && (
        <ChangeForm number={number} onAsk={ask} onCancel={() => setStep({ at: "choose" })} />
      )}
      {step.at === "plan" && (
        <PlanView
          asked={step.asked}
          onProgress={began(step.asked.change.do, step.asked.change.do)}
          onCancel={() => setStep({ at: "choose" })}
        />
      )}
      {rows.length === 0 && empty}
      {step.at !== "plan" && rows.length > 0 && (
        <ListTable
          rows={rows}
          chosen={mayRun ? (id) => whole || chosen.some((one) => one.id === id) : null}
          failed={new Map(job?.progress.failed.map(({ id, message }) => [id, message]))}
          onToggle={(row) =>
            choose(chosen.some(({ id }) => id === row.id) ? chosen.filter(({ id }) => id !== row.id) : [...chosen, row])
          }
        />
      )}
    </>
  );
}
