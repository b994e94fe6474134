// How a change of many mailboxes is spoken of.
import { labelOf } from "@/app/t/[tenant]/mailboxes/labels";
import type { PlannedLine } from "@/domain/mailbox/many-plan";
import type { ManyChange } from "@/domain/mailbox/many-schema";

export const mailboxesWord = (n: number) => (n === 1 ? "1 mailbox" : `${n.toLocaleString("en")} mailboxes`);

export const tlsWords: Record<string, string> = { implicit: "Implicit TLS", starttls: "StartTLS", off: "None" };

const certificateWords: Record<string, string> = { system: "Verified by this system", any: "Any" };

export const fieldWords = (field: PlannedLine["field"]): string => (field === "state" ? "State" : labelOf(field));

export function valueWords(field: PlannedLine["field"], value: string | number): string {
  switch (field) {
    case "tls":
      return tlsWords[value] ?? String(value);
    case "certificate":
      return certificateWords[value] ?? `This one only, ${String(value).slice(0, 19)}…`;
    case "pollSeconds":
      return `${value.toLocaleString("en")} seconds`;
    case "host":
    case "port":
    case "state":
      return String(value);
  }
}

/** "Change 118 mailboxes" */
export const verbOf = (change: ManyChange["do"], n: number): string =>
  `${{ settings: "Change", pause: "Pause", start: "Start" }[change]} ${mailboxesWord(n)}`;

const done = { settings: "changed", pause: "paused", start: "started", back: "changed back" };
export type Done = keyof typeof done;

/** "118 mailboxes changed, 2 not." */
export const doneWords = (what: Done, n: number, failed: number): string =>
  `${mailboxesWord(n)} ${done[what]}${failed > 0 ? `, ${failed.toLocaleString("en")} not` : ""}.`;
