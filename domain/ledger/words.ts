// What was proved and what is wrong, in words: the same in the alert, the command and the portal.
import type { WrongMail } from "./faults";
import type { Proof } from "./proof";

type Fault = Pick<WrongMail, "why" | "octets" | "size">;
const whole = (n: number) => n.toLocaleString("en");

export function wrongWords({ why, octets, size }: Fault): string {
  switch (why) {
    case "erased":
      return "its bytes were erased although the mail still needs them";
    case "incomplete":
      return "its bytes were never completed";
    case "length":
      return `${whole(octets)} bytes are there instead of ${whole(size)}`;
    case "changed":
      return "its bytes were changed: their hash is not the one of the mail that was collected";
    case "unreadable":
      return "the database can't read its bytes";
  }
}

/** The first few by their ids, and how many more there are. */
export function namedMails(first: WrongMail[], all: number): string {
  const named = first.map((mail) => `${mail.mailId} (${wrongWords(mail)})`).join("; ");
  return all > first.length ? `${named}; and ${all - first.length} more` : named;
}

/** After "Nothing missing, proved 16:22", only what was proved then; before the first proof, what was counted for this page. */
export function provedWords(collected: number, { provedAt, bodies }: Pick<Proof, "provedAt" | "bodies">): string {
  if (!provedAt)
    return `: each of ${whole(collected)} collected ${collected === 1 ? "mail is" : "mails is"} in exactly one place. The stored bytes were not read back yet: the worker does that every ten minutes.`;
  if (bodies === 0) return ".";
  return `: the stored bytes of ${whole(bodies)} undelivered ${bodies === 1 ? "mail" : "mails"}, read back then, are whole.`;
}
