// A rule in plain words: for the list, and for people who compare two versions.
import { sizeWords } from "@/domain/size-words";
import type { Rule } from "./schema";

/** "the recipient is sales@contoso.example", one part per condition; all must hold. */
export function whenInWords(when: Rule["when"]): string[] {
  const is = (what: string, pattern: string | undefined) =>
    pattern === undefined ? [] : [`the ${what} ${pattern.includes("*") ? "matches" : "is"} “${pattern}”`];
  return [
    ...is("recipient", when.recipient),
    ...is("sender", when.sender),
    ...is("subject", when.subject),
    ...is("mailbox", when.mailbox),
    ...(when.header ? [`the header ${when.header.name} contains “${when.header.contains}”`] : []),
    ...(when.sizeOver === undefined ? [] : [`the mail is larger than ${sizeWords(when.sizeOver)}`]),
  ];
}

export function thenInWords(outcome: Rule["then"]): string {
  if ("redirect" in outcome) return `send it to ${outcome.redirect.join(", ")} instead`;
  if ("copyTo" in outcome) return `send a copy to ${outcome.copyTo.join(", ")} as well`;
  if ("hold" in outcome) return "hold it until a person decides";
  return `discard it: ${outcome.discard}`;
}

/** What no longer happens to a mail once the rule is gone: "is not held any more". */
export function goneWords(outcome: Rule["then"]): string {
  if ("redirect" in outcome) return `is not sent to ${outcome.redirect.join(", ")} instead any more`;
  if ("copyTo" in outcome) return `is not sent to ${outcome.copyTo.join(", ")} as well any more`;
  return "hold" in outcome ? "is not held any more" : "is not discarded any more";
}
