// Where the line ends: one stop where all recipients share their fate, a branch per fate where they don't.
import { CopyButton } from "@/app/_ui/copy-button";
import { Mono } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { StateMark } from "@/app/_ui/state";
import { Time } from "@/app/_ui/time";
import type { Journey } from "@/domain/message/journey";
import { type Place, places } from "@/domain/message/place";
import { reasonWords } from "@/domain/message/reasons";
import { stateWords } from "../words";
import { replyWords } from "./reply-words";

type Recipient = Journey["recipients"][number];

export interface Fate {
  place: Place;
  /** the server's words, the same for all of them */
  words: string;
  reasonKind: string | null;
  reason: string | null;
  notBefore: Date | null;
  mergedInto: string | null;
  addresses: string[];
}

const titles: Partial<Record<Place, string>> = { delivered: "Accepted by Exchange", discarded: "Discarded by a rule" };
export const fateTitle = (place: Place): string => titles[place] ?? stateWords[place].word;

/** Recipients whom the same happened to, in the order of places: what needs somebody first. */
export function fatesOf(recipients: readonly Recipient[]): Fate[] {
  const found = new Map<string, Fate>();
  for (const one of recipients) {
    const place = places.find((name) => name === one.place) ?? "waiting";
    const words = replyWords({ code: one.replyCode, enhanced: one.replyEnhanced, text: one.replyText });
    const key = JSON.stringify([place, words, one.reasonKind, one.reason, one.mergedInto]);
    const fate = found.get(key);
    if (fate) fate.addresses.push(one.address);
    else {
      const { reasonKind, reason, notBefore, mergedInto } = one;
      found.set(key, { place, words, reasonKind, reason, notBefore, mergedInto, addresses: [one.address] });
    }
  }
  return [...found.values()].sort((a, b) => places.indexOf(a.place) - places.indexOf(b.place));
}

interface Props {
  base: string;
  zone: string;
  now: Date;
}

export function Branches({ fates, ...rest }: { fates: Fate[] } & Props) {
  return (
    <ul className="mt-1 grid">
      {fates.map((fate, n) => (
        <li key={`${fate.place} ${fate.addresses[0]}`} className="relative pb-4 pl-6 last:pb-0">
          <span
            aria-hidden
            className={`absolute top-0 left-0 w-px bg-n6 ${n === fates.length - 1 ? "h-[11px]" : "bottom-0"}`}
          />
          <span aria-hidden className="absolute top-[11px] left-0 h-px w-4 bg-n6" />
          <p className="font-medium text-body">
            <StateMark state={stateWords[fate.place].state}>{fateTitle(fate.place)}</StateMark>
          </p>
          <div className="mt-1 grid gap-1.5">
            <Addresses addresses={fate.addresses} />
            <FateBody fate={fate} {...rest} />
          </div>
        </li>
      ))}
    </ul>
  );
}

export const Addresses = ({ addresses }: { addresses: string[] }) => (
  <ul className="flex flex-wrap gap-x-4">
    {addresses.map((address) => (
      <li key={address}>
        <Mono>{address}</Mono>
      </li>
    ))}
  </ul>
);

/** The kind of reason in words, and what was noted about it, unless that says the same. */
export function Why({ kind, reason }: { kind: string | null; reason: string | null }) {
  const title = kind ? reasonWords(kind).title : null;
  const bare = (text: string | null) => text?.replace(/\.$/, "");
  return (
    <>
      {title && <p>{title}.</p>}
      {reason && bare(reason) !== title && <p className="text-soft">{reason}</p>}
    </>
  );
}

export function FateBody({ fate, base, zone, now }: { fate: Fate } & Props) {
  return (
    <>
      <Why kind={fate.place === "waiting" ? null : fate.reasonKind} reason={fate.reason} />
      {fate.words && (
        <div className="flex flex-wrap items-start gap-2">
          <code className="min-w-0 flex-1 basis-64 rounded-sm border border-line bg-n2 px-2 py-1.5 font-mono text-[12px] [overflow-wrap:anywhere]">
            {fate.words}
          </code>
          <CopyButton text={fate.words} label="Copy the server’s words" />
        </div>
      )}
      {fate.place === "waiting" && fate.notBefore && fate.notBefore > now && (
        <p className="text-soft">
          Not tried again before <Time at={fate.notBefore} zone={zone} now={now} />.
        </p>
      )}
      {fate.mergedInto && (
        <p>
          The same message was here already.{" "}
          <SoftLink href={`${base}/messages/${fate.mergedInto}`} className="text-accent underline">
            Look at the one it was merged into
          </SoftLink>
        </p>
      )}
    </>
  );
}
