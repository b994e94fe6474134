// The stops of one mail in the order in which they happened, and where it ended or stands.
import { Mono } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import type { State } from "@/app/_ui/state";
import { shortTime } from "@/app/_ui/time";
import type { Journey } from "@/domain/message/journey";
import { sizeWords } from "@/domain/size-words";
import { AttemptBody, attemptState, attemptTitle } from "./attempt";
import { readLeftOut } from "./attempt-facts";
import { type JourneyProps, lastStop, type Shown } from "./last-stop";
import { Line, Stop } from "./line";
import { isLastStop, wordsAtEnd } from "./told-once";

export function JourneyLine(props: JourneyProps) {
  const { journey, zone } = props;
  const passed = [collected(props), ...routed(journey), ...events(journey), ...attempts(props)].sort(
    (a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0),
  );
  const all = [...passed, lastStop(props)];
  return (
    <Line>
      {all.map(({ key, at, state, title, body }, n) => (
        <Stop
          key={key}
          at={at}
          state={state}
          zone={zone}
          before={all[n - 1]?.at ?? null}
          title={title}
          last={n === all.length - 1}
        >
          {body}
        </Stop>
      ))}
    </Line>
  );
}

function collected({ journey: { mail, mailbox }, base, zone, now }: JourneyProps): Shown {
  const from = mailbox ? (
    <>
      Collected from{" "}
      <SoftLink href={`${base}/mailboxes/${mailbox.id}`} className="underline decoration-n6 hover:decoration-current">
        {mailbox.name}
      </SoftLink>{" "}
      by {mailbox.protocol === "imap" ? "IMAP" : "POP3"}
    </>
  ) : mail.kind === "collected" ? (
    "Collected from a mailbox that was removed since"
  ) : (
    {
      notice: "A notice that Mailferry wrote",
      test: "A test that somebody asked for",
      copy: "A copy that a rule made",
    }[mail.kind]
  );
  return {
    key: "collected",
    at: mail.collectedAt,
    state: "flowing",
    title: from,
    body: (
      <p className="text-soft">
        {sizeWords(mail.size)}
        {mail.receivedAt && `; the provider received it at ${shortTime(mail.receivedAt, zone, now)}`}
        {mail.originMailId && (
          <>
            {"; "}
            <SoftLink href={`${base}/messages/${mail.originMailId}`} className="text-accent underline">
              the mail it is a copy of
            </SoftLink>
          </>
        )}
      </p>
    ),
  };
}

/** Who gets it and why, from the recipients themselves; the event of that name has the time. */
function routed({ events: all, recipients, mail }: Journey): Shown[] {
  const event = all.find(({ kind }) => kind === "routed");
  if (!event) return [];
  const leftOut = readLeftOut(mail.route);
  const shown = recipients.slice(0, 20);
  return [
    {
      key: "routed",
      at: event.at,
      state: "flowing",
      title: recipients.length === 1 ? "Routed to 1 recipient" : `Routed to ${recipients.length} recipients`,
      body: (
        <>
          <ul className="grid gap-0.5">
            {shown.map((one) => (
              <li key={one.id}>
                <Mono>{one.address}</Mono> <span className="text-soft">{viaWords(one)}</span>
              </li>
            ))}
          </ul>
          {recipients.length > shown.length && <p className="text-soft">and {recipients.length - shown.length} more</p>}
          {leftOut.length > 0 && (
            <p className="text-soft">
              Left out, not of your domains: <Mono>{leftOut.slice(0, 20).join(", ")}</Mono>
            </p>
          )}
        </>
      ),
    },
  ];
}

function viaWords({ via, original, rerouted }: Journey["recipients"][number]): string {
  const was = original ? `, in place of ${original}` : "";
  if (rerouted) return `because Exchange did not know ${original || "the first address"}`;
  if (via === "single mailbox") return `because all mail of this mailbox goes there${was}`;
  if (via === "nobody") return `because no address of yours is in it${was}`;
  if (via === "a person") return `because a person chose it${was}`;
  return via ? `by ${via}${was}` : was.slice(2);
}

const told = new Set(["routed", "left-out"]);
const stateOf: Record<string, State> = { held: "needs", uncertain: "needs", again: "needs", "given-back": "idle" };

function events(journey: Journey): Shown[] {
  return journey.events
    .filter((event) => !told.has(event.kind) && !isLastStop(event, journey))
    .map((event) => {
      const byPerson = event.who !== "" && event.who !== "retention";
      return {
        key: `event ${event.id}`,
        at: event.at,
        state: stateOf[event.kind] ?? (byPerson ? "flowing" : "idle"),
        title: byPerson ? `${event.who}: ${event.text}` : event.text,
      };
    });
}

function attempts({ journey, zone }: JourneyProps): Shown[] {
  const elsewhere = wordsAtEnd(journey.recipients);
  return journey.attempts.map((attempt) => ({
    key: attempt.id,
    at: attempt.startedAt,
    state: attemptState(attempt),
    title: attemptTitle(attempt),
    body: <AttemptBody attempt={attempt} zone={zone} elsewhere={elsewhere} />,
  }));
}
