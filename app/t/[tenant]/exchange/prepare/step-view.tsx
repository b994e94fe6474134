// One step: what it does and why, how it looks now, the command, and its undo beside it.
import type { ReactNode } from "react";
import { type State, StateMark } from "@/app/_ui/state";
import type { Step } from "@/domain/prepare/step";
import { Command } from "./command";

const marks: Record<Step["seen"]["state"], State> = {
  done: "flowing",
  needed: "needs",
  ready: "idle",
  unknown: "idle",
};
const words: Record<Step["seen"]["state"], string> = {
  done: "done",
  needed: "wanted by this server",
  ready: "ready to copy",
  unknown: "something is missing",
};

export function StepView({ step, number, children }: { step: Step; number: number; children?: ReactNode }) {
  const about = `of step ${number}`;
  return (
    <section id={step.key} aria-labelledby={`${step.key}-title`} className="scroll-mt-6 border-line border-t py-6">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 id={`${step.key}-title`} className="font-semibold">
          {number}. {step.title}
        </h2>
        <span className="text-soft text-table">
          <StateMark state={marks[step.seen.state]}>{words[step.seen.state]}</StateMark>
        </span>
      </div>
      <p className="mt-1 max-w-[72ch] text-soft [overflow-wrap:anywhere]">{step.seen.words}</p>
      <dl className="mt-4 grid max-w-[80ch] gap-x-6 gap-y-2 md:grid-cols-[140px_minmax(0,1fr)]">
        <Said term="What it does">{step.does}</Said>
        <Said term="Why">{step.why}</Said>
        <Said term="If you leave it out">{step.without}</Said>
        <Said term="The undo">{step.backWords}</Said>
      </dl>
      {children}
      <div className="mt-5 grid gap-x-8 gap-y-4 lg:grid-cols-2">
        <div className="lg:col-span-2">
          <Command label="Look first, and keep what it shows" about={`the look ${about}`} text={step.look} />
        </div>
        {step.run !== null && <Command label="Run" about={`the command ${about}`} text={step.run} />}
        {step.back !== null && <Command label="Undo" about={`the undo ${about}`} text={step.back} />}
      </div>
      <Notes step={step} about={about} />
    </section>
  );
}

function Said({ term, children }: { term: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{term}</dt>
      <dd className="[overflow-wrap:anywhere] max-md:mb-2">{children}</dd>
    </>
  );
}

function Notes({ step, about }: { step: Step; about: string }) {
  return (
    <details className="mt-4">
      <summary className="cursor-pointer select-none text-soft marker:text-soft">Good to know</summary>
      <ul className="mt-3 grid gap-3">
        {step.notes.map(({ words, command }, n) => (
          <li key={words} className="grid gap-1.5">
            <p className="max-w-[80ch] [overflow-wrap:anywhere]">{words}</p>
            {command && <Command label="Command" about={`note ${n + 1} ${about}`} text={command} />}
          </li>
        ))}
      </ul>
    </details>
  );
}
