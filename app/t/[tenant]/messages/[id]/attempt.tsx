// One attempt: a line that says how it went, and folded below it the whole conversation with the server.
import { CopyButton } from "@/app/_ui/copy-button";
import { Mono } from "@/app/_ui/page";
import type { State } from "@/app/_ui/state";
import type { Journey } from "@/domain/message/journey";
import { readTalk, readTold, type Talk, type Told } from "./attempt-facts";
import { clockWords } from "./line";
import { replyWords } from "./reply-words";

type Attempt = Journey["attempts"][number];
type Outcome = "accepted" | "partly" | "refused" | "deferred" | "uncertain" | "lane" | "lost";

const words: Record<Outcome, [State, string]> = {
  accepted: ["flowing", "taken"],
  partly: ["needs", "taken for some, not for others"],
  refused: ["needs", "refused"],
  deferred: ["idle", "not taken yet"],
  uncertain: ["needs", "the answer was lost"],
  lane: ["idle", "not sent: the server or the way to it had a fault"],
  lost: ["idle", "the worker ended before the mail’s end"],
};

export const attemptState = (attempt: Attempt): State => wordsOf(attempt)[0];
export const attemptTitle = (attempt: Attempt): string => `Attempt ${attempt.number}: ${wordsOf(attempt)[1]}`;

function wordsOf({ outcome }: Attempt): [State, string] {
  const known = (Object.keys(words) as Outcome[]).find((one) => one === outcome);
  return known ? words[known] : ["idle", "being sent right now"];
}

/** `elsewhere`: the server's words that stand elsewhere on the page. */
export function AttemptBody({ attempt, zone, elsewhere }: { attempt: Attempt; zone: string; elsewhere: Set<string> }) {
  const reply = replyWords({ code: attempt.replyCode, enhanced: attempt.replyEnhanced, text: attempt.replyText });
  const talk = readTalk(attempt.conversation);
  const told = readTold(attempt.recipients);
  const took = attempt.endedAt
    ? `${((attempt.endedAt.getTime() - attempt.startedAt.getTime()) / 1000).toFixed(1)}\u00a0s`
    : "";
  return (
    <>
      {reply && !elsewhere.has(reply) && <Mono className="text-soft">{reply}</Mono>}
      <details className="group">
        <summary className="w-fit list-none rounded-sm text-soft hover:text-ink [&::-webkit-details-marker]:hidden">
          <span aria-hidden className="mr-1.5 inline-block transition-transform group-open:rotate-90">
            ›
          </span>
          {[
            `Conversation with ${attempt.server || "the server"}`,
            attempt.tls ? tlsWords(attempt.tls) : "not encrypted",
            took,
          ]
            .filter(Boolean)
            .join(" · ")}
        </summary>
        <div className="mt-2 grid gap-4 rounded-md border border-line bg-n2 px-3 py-3">
          <dl className="flex flex-wrap gap-x-6 gap-y-1">
            <Fact name="Worker" value={attempt.worker} />
            <Fact name="Begun" value={clockWords(attempt.startedAt, zone)} />
            {attempt.dotPendingAt && <Fact name="Whole mail sent" value={clockWords(attempt.dotPendingAt, zone)} />}
            <Fact name="Ended" value={attempt.endedAt ? clockWords(attempt.endedAt, zone) : "not yet"} />
          </dl>
          {told.length > 1 && <PerRecipient told={told} />}
          {talk.length > 0 ? (
            <Conversation talk={talk} />
          ) : (
            <p className="text-soft">
              {attempt.endedAt ? "No conversation was noted." : "The conversation is noted when the attempt ends."}
            </p>
          )}
        </div>
      </details>
    </>
  );
}

const tlsWords = (tls: string) => tls.replace(/^TLSv/, "TLS ");

const Fact = ({ name, value }: { name: string; value: string }) => (
  <div className="flex gap-2">
    <dt className="text-soft">{name}</dt>
    <dd className="tabular">{value}</dd>
  </div>
);

function PerRecipient({ told }: { told: Told[] }) {
  return (
    <ul className="grid gap-1" aria-label="Replies per recipient">
      {told.map((one) => (
        <li key={one.address} className="grid gap-x-3 md:grid-cols-[minmax(0,2fr)_minmax(0,5fr)]">
          <Mono>{one.address}</Mono>
          <Mono className="text-soft">{replyWords(one) || "no reply of its own"}</Mono>
        </li>
      ))}
    </ul>
  );
}

const marks: Record<string, string> = { sent: "›", got: "‹", ok: "✓", fail: "✗" };
const said: Record<string, string> = { sent: "we say: ", got: "the server says: ", ok: "good: ", fail: "failed: " };

function Conversation({ talk }: { talk: Talk[] }) {
  return (
    <div className="grid gap-2">
      <ol aria-label="Conversation" className="grid gap-0.5">
        {talk.map((line, n) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines of a conversation that is over; they have no other name
          <li key={n} className="grid grid-cols-[12px_minmax(0,1fr)] gap-x-2">
            <span aria-hidden className="text-center text-soft">
              {marks[line.kind] ?? ""}
            </span>
            <span
              className={
                line.kind === "sent" || line.kind === "got"
                  ? "font-mono text-[12px] whitespace-pre-wrap [overflow-wrap:anywhere]"
                  : "text-soft [overflow-wrap:anywhere]"
              }
            >
              <span className="sr-only">{said[line.kind]}</span>
              {line.text}
            </span>
          </li>
        ))}
      </ol>
      <div>
        <CopyButton
          label="Copy the conversation"
          text={talk.map((line) => `${marks[line.kind] ?? " "} ${line.text}`).join("\n")}
        />
      </div>
    </div>
  );
}
