// A test's conversation as it happens: one line per step with its time, the certificate, and one sentence at the end.
"use client";
import type { ReactNode } from "react";
import type { ProbeLine, ProbeVerdict } from "@/domain/probe/schema";
import { Button } from "./button";
import { CertificateBlock, type OnTrust } from "./certificate-block";
import { CopyButton } from "./copy-button";
import { Banner } from "./state";
import type { Probe, ProbeSeen } from "./use-probe";
import { verdictState } from "./verdict-words";

export interface ConversationProps {
  probe: Probe;
  /** the form was changed since the test began */
  stale: boolean;
  /** before the first test */
  empty: ReactNode;
  /** absent where nobody may trust (read-only, or a mailbox's page that has no form) */
  trust?: OnTrust | undefined;
  /** puts a suggested value into the form's field; gives the field's label */
  onApply?: ((field: string, value: string) => void) | undefined;
  labelOf?: ((field: string) => string) | undefined;
  onStop: (id: string) => void;
  /** what may take long in such a test, as a sentence */
  patience?: string;
  /** what else to read about a verdict, below its sentence */
  more?: ((verdict: ProbeVerdict) => ReactNode) | undefined;
  /** what is left to do, below the verdict and in sight */
  last?: ReactNode;
  /** the lines are folded away once the test has ended: what it found is drawn elsewhere */
  folded?: boolean | undefined;
  /** lines that are drawn elsewhere */
  hide?: readonly ProbeLine["kind"][];
}

export function ConversationSoFar(props: ConversationProps) {
  const { probe, stale, hide = [] } = props;
  const { seen, busy, fault } = probe;
  const lines = (seen?.lines ?? []).filter((line) => !hide.includes(line.kind));
  return (
    <div className="grid gap-4">
      {fault && <Banner live state="needs" title={fault} />}
      {stale && seen && !busy && (
        <p className="text-needs text-table">▲ Tested with other values than the form shows now.</p>
      )}
      <div className={`grid gap-4 ${stale && !busy ? "opacity-80 grayscale" : ""}`}>
        {seen?.verdict && <Verdict verdict={seen.verdict} {...props} />}
        {props.last}
        <Progress seen={seen} busy={busy} onStop={props.onStop} patience={props.patience} />
        {lines.length > 0 && (
          <Folded when={props.folded === true && !busy && seen?.verdict?.ok === true}>
            <ol className="grid gap-1 border-line border-y py-3 text-table" aria-label="Conversation">
              {lines.map((line) => (
                <Line key={line.n} line={line} trust={props.trust} />
              ))}
            </ol>
          </Folded>
        )}
        {lines.length > 0 && !busy && (
          <div className="flex items-center justify-between gap-4">
            <span className="text-soft text-table">{seen?.worker ? `Run by worker ${seen.worker}` : ""}</span>
            <CopyButton text={asText(lines, seen?.verdict ?? null)} label="Copy as text" />
          </div>
        )}
      </div>
    </div>
  );
}

const Folded = ({ when, children }: { when: boolean; children: ReactNode }) =>
  when ? (
    <details>
      <summary className="cursor-pointer select-none text-soft">The conversation</summary>
      <div className="mt-2">{children}</div>
    </details>
  ) : (
    children
  );

interface ProgressProps {
  seen: ProbeSeen | null;
  busy: boolean;
  onStop: (id: string) => void;
  patience?: string | undefined;
}

function Progress({ seen, busy, onStop, patience }: ProgressProps) {
  if (!busy) return seen?.state === "stopped" && !seen.verdict ? <p className="text-soft">○ Stopped.</p> : null;
  const unattended = seen?.state === "waiting" && !seen.attended;
  return (
    <div className="flex min-h-9 items-center justify-between gap-4" role="status">
      <span className="text-soft">
        {unattended
          ? `No worker of the site “${seen.site}” is running, so nobody takes this test. It begins when one starts.`
          : seen?.state === "running"
            ? `The test runs.${patience ? ` ${patience}` : ""}`
            : "A worker is about to take the test."}
      </span>
      {seen && (
        <Button size="small" onClick={() => onStop(seen.id)}>
          Stop
        </Button>
      )}
    </div>
  );
}

function Verdict({ verdict, onApply, labelOf, more }: { verdict: ProbeVerdict } & ConversationProps) {
  const { field, suggestion } = verdict;
  const apply =
    field && suggestion !== undefined && onApply ? (
      <Button size="small" onClick={() => onApply(field, suggestion)}>
        Set {labelOf?.(field) ?? field} to {suggestion === "" ? "empty" : suggestion.slice(0, 40)}
      </Button>
    ) : undefined;
  return (
    <Banner live state={verdictState(verdict)} title={verdict.sentence} action={apply}>
      {verdict.command && (
        <div className="mt-2 grid gap-2">
          <span>To run on the server, in the Exchange Management Shell:</span>
          <div className="flex flex-wrap items-start gap-2">
            <code className="min-w-0 flex-1 rounded-sm bg-page px-2 py-1.5 font-mono text-[12px] text-ink [overflow-wrap:anywhere]">
              {verdict.command}
            </code>
            <CopyButton text={verdict.command} />
          </div>
        </div>
      )}
      {more?.(verdict)}
    </Banner>
  );
}

const marks: Record<ProbeLine["kind"], string> = {
  step: "",
  sent: "›",
  got: "‹",
  ok: "✓",
  fail: "✗",
  note: "·",
  certificate: "",
  preview: "",
  count: "",
};
const said: Partial<Record<ProbeLine["kind"], string>> = {
  sent: "we say: ",
  got: "the server says: ",
  ok: "good: ",
  fail: "failed: ",
};

function Line({ line, trust }: { line: ProbeLine; trust: ConversationProps["trust"] }) {
  const wire = line.kind === "sent" || line.kind === "got";
  const ink =
    line.kind === "ok" ? "text-flow" : line.kind === "fail" ? "text-stop" : line.kind === "note" ? "text-soft" : "";
  return (
    <li className="grid grid-cols-[44px_14px_minmax(0,1fr)] items-baseline gap-x-2 leading-5">
      <span className="tabular text-right font-mono text-[12px] text-soft">{(line.ms / 1000).toFixed(2)}</span>
      <span aria-hidden className={`text-center ${wire ? "text-soft" : ink}`}>
        {marks[line.kind]}
      </span>
      <div className="min-w-0">
        {said[line.kind] && <span className="sr-only">{said[line.kind]}</span>}
        {line.kind === "certificate" ? (
          <CertificateBlock text={line.text} facts={line.facts} trust={trust} />
        ) : (
          <span
            className={`whitespace-pre-wrap [overflow-wrap:anywhere] ${wire ? "font-mono text-[12px]" : ink} ${line.kind === "step" ? "font-medium" : ""}`}
          >
            {line.text}
          </span>
        )}
      </div>
    </li>
  );
}

function asText(lines: ProbeLine[], verdict: ProbeVerdict | null): string {
  const rows = lines.map(
    (line) => `${(line.ms / 1000).toFixed(2).padStart(7)}  ${marks[line.kind] || " "} ${line.text}`,
  );
  return [...rows, ...(verdict ? ["", verdict.sentence, verdict.command ?? ""] : [])].join("\n").trimEnd();
}
