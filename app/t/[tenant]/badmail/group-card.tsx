// One cause: how many and since when, the server's words once, what to change, and what can be done.
import type { ReactNode } from "react";
import { ButtonLink } from "@/app/_ui/button-link";
import { CopyButton } from "@/app/_ui/copy-button";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import { mailWords } from "@/domain/mail-words";
import { type Cause, causeOf, groupKey, sizeLimit } from "@/domain/message/cause";
import { mayBeThere } from "@/domain/message/reasons";
import { sizeWords } from "@/domain/size-words";
import type { Shown } from "./arrange";
import { GroupButtons } from "./group-buttons";
import { forMany } from "./many-words";
import { RuleOfThis } from "./rule-of-this";

export interface CardFacts {
  slug: string;
  zone: string;
  now: Date;
  host: string | null;
  from: string | null;
  mayDecide: boolean;
  mayRule: boolean;
}

export const keyOf = ({ group, parts }: Shown): string =>
  parts.length > 0 ? groupKey({ ...group, detail: null }) : groupKey(group);

export const mayHaveIt = "Exchange may have some of them already: whoever gets them may get them twice.";

export function GroupCard({ shown, facts }: { shown: Shown; facts: CardFacts }) {
  const { group, target } = shown;
  const cause = causeOf(group, facts);
  const key = keyOf(shown);
  const mails = mailWords(group.mails);
  const look = (
    <>
      <ButtonLink size="small" href={`/t/${facts.slug}/badmail/${encodeURIComponent(key)}`}>
        {group.mails === 1 ? "Look at it" : "Look at them"}
      </ButtonLink>
      {facts.mayRule && !group.notices && shown.parts.length === 0 && (
        <RuleOfThis
          slug={facts.slug}
          mail={{ ...group, id: group.newestMail, address: group.named ?? "", to: group.address }}
        />
      )}
    </>
  );
  return (
    <section className="border-line border-t py-6">
      <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-1">
        <h2 className="min-w-0 font-semibold text-[15px] [overflow-wrap:anywhere]">
          <StateMark state="needs" bare /> <span className="tabular">{mails}:</span>{" "}
          {after(forMany(cause.title, group.mails))}
        </h2>
        <p className="text-soft text-table">
          {group.place === "held" ? "held" : "in BADMAIL"} since{" "}
          <Time at={group.since} zone={facts.zone} now={facts.now} />
        </p>
      </div>
      <div className="mt-2 grid gap-3 md:pl-[18px]">
        {group.words && <Words said={group.words} />}
        {group.reasonKind === "too-large" && <Sizes group={group} />}
        {shown.parts.length > 0 && <Addresses shown={shown} slug={facts.slug} />}
        <Remedy cause={cause} mails={group.mails} />
        {facts.mayDecide ? (
          <GroupButtons
            name={key}
            target={target}
            mails={group.mails}
            again={group.reasonKind !== "nobody" && group.address !== null}
            warning={mayBeThere(group.reasonKind) ? mayHaveIt : undefined}
          >
            {look}
          </GroupButtons>
        ) : (
          <div className="flex flex-wrap gap-2">{look}</div>
        )}
      </div>
    </section>
  );
}

/** A sentence's beginning after the number: "4 mails: larger than Exchange takes". Names keep their capitals. */
const after = (title: string): string =>
  title
    .replace(/^(?:It is|They are) /, "")
    .replace(/^(?:It|They|Its|Their) /, (word) => word.toLowerCase())
    .replace(/^(?:A|An|The|No) /, (word) => word.toLowerCase());

/** Both numbers, where the server told its own. */
function Sizes({ group }: { group: Shown["group"] }) {
  const limit = sizeLimit(group.reason);
  return (
    <p className="tabular">
      {group.mails === 1 ? "It has" : "The largest has"} {sizeWords(group.largest)}
      {limit ? `; the server takes ${sizeWords(limit)}.` : "; the server did not tell its limit."}
    </p>
  );
}

const Words = ({ said }: { said: string }) => (
  <figure>
    <figcaption className="sr-only">The server's words</figcaption>
    <blockquote className="border-n6 border-l-2 pl-3 font-mono text-[0.93em] text-soft [overflow-wrap:anywhere]">
      {said}
    </blockquote>
  </figure>
);

export function Remedy({ cause, mails }: { cause: Cause; mails: number }): ReactNode {
  return (
    <div className="grid gap-2">
      <p className="max-w-[72ch]">{forMany(cause.remedy, mails)}</p>
      {cause.commands.map((command) => (
        <div key={command} className="flex max-w-[860px] items-center gap-2 rounded-md bg-n2 py-1 pr-1 pl-3">
          <code className="min-w-0 flex-1 font-mono text-table [overflow-wrap:anywhere]">{command}</code>
          <CopyButton text={command} />
        </div>
      ))}
    </div>
  );
}

const mostAddresses = 8;

function Addresses({ shown, slug }: { shown: Shown; slug: string }) {
  const more = shown.parts.length - mostAddresses;
  return (
    <ul className="flex flex-wrap gap-x-5 gap-y-1 text-table">
      {shown.parts.slice(0, mostAddresses).map((part) => (
        <li key={part.detail}>
          <SoftLink
            href={`/t/${slug}/badmail/${encodeURIComponent(groupKey(part))}`}
            className="font-mono underline decoration-n6 underline-offset-2 [overflow-wrap:anywhere] hover:decoration-current"
          >
            {part.detail}
          </SoftLink>{" "}
          <span className="tabular text-soft">{part.mails.toLocaleString("en")}</span>
        </li>
      ))}
      {more > 0 && <li className="text-soft">and {more.toLocaleString("en")} more addresses</li>}
    </ul>
  );
}
