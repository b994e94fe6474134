// What the journey's last stop tells isn't told by the stops before it as well.
import type { Journey } from "@/domain/message/journey";
import { replyWords } from "./reply-words";

type Recipient = Pick<
  Journey["recipients"][number],
  "place" | "decidedAt" | "replyCode" | "replyEnhanced" | "replyText"
>;
type Event = Pick<Journey["events"][number], "kind" | "at" | "who">;

interface Told {
  mail: Pick<Journey["mail"], "place">;
  recipients: readonly Recipient[];
}

/**
 * An outcome writes its event in the transaction that decides the recipient, so both have the same time: such an event is
 * the last stop's own, and so is what retention did, which the banner says. One that a decision has overtaken stays on the line, and so does what a person did.
 */
export const isLastStop = (event: Event, { mail, recipients }: Told): boolean =>
  (event.who === "" || event.who === "retention") &&
  (recipients.length > 0
    ? recipients.some(({ place, decidedAt }) => place === event.kind && decidedAt?.getTime() === event.at.getTime())
    : event.kind === "held" && mail.place === "held");

/** The server's words that the last stop shows. */
export const wordsAtEnd = (recipients: readonly Recipient[]): Set<string> =>
  new Set(
    recipients.map(({ replyCode: code, replyEnhanced: enhanced, replyText: text }) =>
      replyWords({ code, enhanced, text }),
    ),
  );
