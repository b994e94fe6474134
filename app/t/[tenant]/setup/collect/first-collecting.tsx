// How the first collecting goes: how much of it is here, what Exchange says to it, and when the first mail has arrived.
import { ButtonLink } from "@/app/_ui/button-link";
import { SoftLink } from "@/app/_ui/soft-link";
import { Banner, type State } from "@/app/_ui/state";
import { shortTime } from "@/app/_ui/time";
import { type Collected, newestMails } from "@/domain/mailbox/first-collecting";
import type { MailboxRow } from "@/domain/mailbox/store";
import type { OverviewFacts } from "@/domain/overview/facts";
import { atOrOn } from "@/domain/when-words";
import { doing } from "../../mailboxes/state-words";

export interface FirstCollectingProps {
  slug: string;
  mailbox: MailboxRow;
  collected: Collected;
  facts: OverviewFacts;
  zone: string;
  now: Date;
}

export function FirstCollecting(props: FirstCollectingProps) {
  const { slug, mailbox, collected, zone, now } = props;
  const { state, title, detail } = sentence(props);
  const left = mailbox.counts.skipped;
  const rows: [string, number, string][] = [
    ["Collected", collected.total, "messages"],
    ["Accepted by Exchange", collected.delivered, "messages"],
    ["Waiting", collected.waiting, "queue"],
    ["Held", collected.held, "badmail?show=held"],
    ["BADMAIL", collected.badmail, "badmail"],
    ["Left out, and listed with the mailbox", left, `mailboxes/${mailbox.id}`],
  ];
  return (
    <div className="grid max-w-[720px] gap-6">
      <Banner
        live
        state={state}
        title={title}
        action={
          <ButtonLink kind={collected.delivered > 0 ? "primary" : "secondary"} size="small" href={`/t/${slug}`}>
            To the overview
          </ButtonLink>
        }
      >
        {detail}
      </Banner>
      <Bar {...props} />
      <dl className="grid border-line border-t text-table">
        {rows
          .filter(([, count], n) => n < 3 || count > 0)
          .map(([label, count, page]) => (
            <div key={label} className="flex items-baseline justify-between gap-4 border-line border-b py-2">
              <dt className="text-soft">{label}</dt>
              <dd className="tabular">
                {count > 0 ? (
                  <SoftLink href={`/t/${slug}/${page}`} className="underline underline-offset-2">
                    {count.toLocaleString("en")}
                  </SoftLink>
                ) : (
                  count.toLocaleString("en")
                )}
              </dd>
            </div>
          ))}
      </dl>
      {collected.more && (
        <p className="text-soft">
          Of the mailbox’s mails only those are counted here that are among the newest{" "}
          {newestMails.toLocaleString("en")} of the company. There may be more.
        </p>
      )}
      {collected.first && (
        <p>
          <SoftLink href={`/t/${slug}/messages/${collected.first.id}`} className="text-accent underline">
            {collected.first.subject || "(no subject)"}
          </SoftLink>
          <span className="text-soft">
            {" "}
            was the first that Exchange accepted, {atOrOn(shortTime(collected.first.at, zone, now))} ({zone}).
          </span>
        </p>
      )}
    </div>
  );
}

function Bar({ mailbox, collected }: FirstCollectingProps) {
  if (collected.more) return null;
  const there = Math.max((collected.there ?? mailbox.listed ?? 0) - mailbox.counts.skipped, collected.total);
  if (there === 0) return null;
  const shares = `${collected.total.toLocaleString("en")} of ${there.toLocaleString("en")} collected`;
  return (
    <div className="grid gap-1.5">
      <span className="text-table">{shares}</span>
      <progress
        aria-label={shares}
        className="block h-1.5 w-full overflow-hidden rounded-sm bg-n5 [&::-moz-progress-bar]:bg-accent [&::-webkit-progress-bar]:bg-n5 [&::-webkit-progress-value]:bg-accent"
        value={collected.total}
        max={there}
      />
    </div>
  );
}

interface Sentence {
  state: State;
  title: string;
  detail: string;
}

function sentence({ mailbox, collected, facts, now }: FirstCollectingProps): Sentence {
  const said = (state: State, title: string, detail = ""): Sentence => ({ state, title, detail });
  if (!facts.worker.beats)
    return said("stopped", "No worker runs, so nothing is collected.", "It begins when one is started.");
  const how = doing(mailbox, now);
  if (!mailbox.collecting && (how.state === "stopped" || how.state === "needs"))
    return said(how.state, how.sentence ?? `The mailbox: ${how.word}.`, "The mail stays at the provider.");
  if (mailbox.state === "paused") return said("needs", "The mailbox is paused.", "Start it on its page.");
  if (collected.waiting > 0 && facts.lane?.state !== "closed")
    return said(
      "needs",
      facts.lane ? (facts.lane.reason ?? `${facts.lane.host} takes no mail now.`) : "There is no Exchange server yet.",
      "What was collected waits here, and goes as soon as it can.",
    );
  if (mailbox.collecting || mailbox.lastPollAt === null)
    return said("flowing", "Collecting.", mailbox.collecting ? "" : "A worker is about to look into the mailbox.");
  if (collected.waiting > 0) return said("flowing", "Collected, and on its way to Exchange.");
  if (collected.delivered > 0) return said("flowing", "Mail flows: collected, and accepted by Exchange.");
  if (collected.held + collected.badmail > 0)
    return said("needs", "Collected, and not delivered: it needs a decision.", "Look at what is held or in BADMAIL.");
  if (collected.more) return said("flowing", "The mailbox is collected.");
  return said("flowing", "All is ready.", "Nothing was there to collect; new mail is collected as it comes.");
}
