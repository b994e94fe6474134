// What came of a trial: the sentence, who gets the mail, and what each rule made of it.
"use client";
import { Mono } from "@/app/_ui/page";
import { type State, StateMark } from "@/app/_ui/state";
import type { RoutedRecipient } from "@/domain/routing/route";
import type { Trial } from "@/domain/routing/trial";
import { stepWords, trialSentence } from "@/domain/routing/trial-words";
import { sizeWords } from "@/domain/size-words";

export function TrialView({ trial, stale }: { trial: Trial; stale: boolean }) {
  const { mail, rules, decision } = trial;
  return (
    <div className="grid gap-4">
      {stale && (
        <p className="text-needs text-table">
          <span aria-hidden>▲ </span>What is tried below was changed since: try it again.
        </p>
      )}
      <p className="font-medium [overflow-wrap:anywhere]">{trialSentence(trial)}</p>
      <p className="text-soft text-table [overflow-wrap:anywhere]">
        “{mail.subject || "(no subject)"}” from <Mono>{mail.sender || "<>"}</Mono>, {sizeWords(mail.size)}, mailbox{" "}
        {mail.mailbox || "removed"}
      </p>
      {decision.recipients.length > 0 && <Recipients trial={trial} />}
      {rules.length > 0 && (
        <section aria-label="What each rule made of it">
          <h3 className="mb-1 font-medium text-table">Rule by rule</h3>
          <ol className="border-line border-t text-table">
            {rules.map(({ rule, draft, step }, n) => (
              <li key={rule.name} className="grid grid-cols-[24px_minmax(0,1fr)] gap-x-1 border-line border-b py-1.5">
                <span className="tabular text-right text-soft">{n + 1}.</span>
                <p className="[overflow-wrap:anywhere]">
                  <StateMark state={step.did === "acted" ? "flowing" : "idle"}>
                    <span className={step.did === "acted" ? "font-medium" : ""}>{rule.name}</span>
                  </StateMark>
                  {draft && <span className="text-soft"> (as it stands here)</span>}{" "}
                  <span className={step.did === "acted" ? "" : "text-soft"}>{stepWords(step, rule, mail)}.</span>
                </p>
              </li>
            ))}
          </ol>
        </section>
      )}
    </div>
  );
}

const states: Record<RoutedRecipient["place"], { state: State; word: string }> = {
  waiting: { state: "flowing", word: "goes to Exchange" },
  held: { state: "needs", word: "held" },
  discarded: { state: "idle", word: "discarded" },
};

function Recipients({ trial: { decision, recipients } }: { trial: Trial }) {
  const more = recipients - decision.recipients.length;
  return (
    <div className="text-table">
      <table className="w-full text-left">
        <caption className="mb-1 text-left font-medium">Who gets it</caption>
        <thead>
          <tr className="border-line border-y text-soft">
            <th className="py-1 pr-3 font-medium">Address</th>
            <th className="py-1 pr-3 font-medium">What becomes of it</th>
            <th className="py-1 font-medium">The mail named</th>
          </tr>
        </thead>
        <tbody>
          {decision.recipients.map((one) => (
            <tr key={one.address} className="border-line border-b align-top">
              <td className="py-1.5 pr-3">
                <Mono>{one.address}</Mono>
              </td>
              <td className="py-1.5 pr-3">
                <StateMark state={states[one.place].state}>{states[one.place].word}</StateMark>
              </td>
              <td className="py-1.5 text-soft">
                {one.original && (
                  <>
                    <Mono>{one.original}</Mono>{" "}
                  </>
                )}
                {viaWords(one.via)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {more > 0 && <p className="mt-1 text-soft">and {more.toLocaleString("en")} more</p>}
      {decision.copies.map((copy) => (
        <p key={copy.rule} className="mt-1 text-soft">
          A copy by “{copy.rule}” goes to <Mono>{copy.to.join(", ")}</Mono>
        </p>
      ))}
      {decision.leftOut.length > 0 && (
        <p className="mt-1 text-soft [overflow-wrap:anywhere]">
          Left out, not of your domains: {decision.leftOut.slice(0, 5).join(", ")}
          {decision.leftOut.length > 5 && " and others"}
        </p>
      )}
    </div>
  );
}

const viaWords = (via: string): string =>
  via === "single mailbox"
    ? "by its mailbox"
    : via === "nobody"
      ? "nobody: the mailbox's address for that"
      : `in ${via}`;
