// What is wrong with stored bytes, in words: the same in the alert, the command and the portal.
import type { WrongMail } from "./faults";

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
