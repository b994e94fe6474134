// What came of a trial, in words: which rule took the mail, and why the others didn't.
import { sizeWords } from "@/domain/size-words";
import type { RoutedRecipient } from "./route";
import type { RuleStep, WhenKey } from "./rules";
import type { Rule } from "./schema";
import type { Trial } from "./trial";

/** One sentence for the whole: who takes it, and where it goes. */
export function trialSentence({ decision, rules }: Trial): string {
  if (decision.held) return `It would be held: ${decision.held.reason}`;
  const acted = rules.filter(({ step }) => step.did === "acted").map(({ rule }) => `“${rule.name}”`);
  const by = acted.length === 0 ? "No rule takes it." : `${both(acted)} ${acted.length === 1 ? "takes" : "take"} it.`;
  const places = (["waiting", "held", "discarded"] as const).flatMap((place) => {
    const of = decision.recipients.filter((one) => one.place === place).map(({ address }) => address);
    return of.length > 0 ? [`${placeWords[place]} ${few(of)}`] : [];
  });
  return `${by} It ${both(places)}.`;
}

const placeWords: Record<RoutedRecipient["place"], string> = {
  waiting: "goes to",
  held: "is held for",
  discarded: "is discarded for",
};

/** What one rule made of it, as a sentence without its full stop. */
export function stepWords(step: RuleStep, rule: Rule, mail: Trial["mail"]): string {
  switch (step.did) {
    case "acted":
      return acted(step, rule);
    case "unfit":
      return `doesn't fit: ${both(step.keys.map((key) => unfit(key, rule, mail)))}`;
    case "other-recipient":
      return `doesn't fit: it is for ${few(step.open)}, not “${rule.when.recipient ?? ""}”`;
    case "too-late":
      return "isn't asked any more: a rule before it decided";
    case "nobody":
      return "has nobody to act on: no address of yours is in the mail";
  }
}

function acted({ on, became }: Extract<RuleStep, { did: "acted" }>, { then: outcome, continue: goesOn }: Rule): string {
  const rest = goesOn ? "; the rules after it are tried as well" : "";
  if ("hold" in outcome) return `fits, and holds it for ${few(on)}`;
  if ("discard" in outcome) return `fits, and discards it for ${few(on)}: ${outcome.discard}`;
  if ("copyTo" in outcome) return `fits, and sends a copy to ${few(outcome.copyTo)}${rest}`;
  return on.join() === became.join()
    ? `fits, and leaves it with ${few(on)}${rest}`
    : `fits, and sends it to ${few(became)} instead of ${few(on)}${rest}`;
}

function unfit(key: WhenKey, { when }: Rule, mail: Trial["mail"]): string {
  switch (key) {
    case "sizeOver":
      return `it has ${sizeWords(mail.size)}, not more than ${sizeWords(when.sizeOver ?? 0)}`;
    case "header":
      return `no header ${when.header?.name ?? ""} contains “${when.header?.contains ?? ""}”`;
    case "recipient":
    case "sender":
    case "subject":
    case "mailbox": {
      const is = key === "recipient" ? "" : mail[key];
      return `the ${key} is ${is === "" ? "empty" : `“${is}”`}, not “${when[key] ?? ""}”`;
    }
  }
}

const mostNamed = 5;
const few = (all: string[]): string =>
  all.length > mostNamed ? `${all.slice(0, mostNamed).join(", ")} and others` : both(all);

const both = (all: string[]): string =>
  all.length < 2 ? (all[0] ?? "") : `${all.slice(0, -1).join(", ")} and ${all.at(-1) ?? ""}`;
