// How a part of a search was understood, in words.
import { stateWords } from "@/app/t/[tenant]/messages/words";
import type { Mark } from "@/domain/message/understand";

export function markWords(mark: Mark): { head: string; text: string } {
  switch (mark.kind) {
    case "state":
      return { head: "State", text: mark.state ? stateWords[mark.state].word : "" };
    case "days":
      return daysWords(mark.from, mark.until);
    case "id":
      return { head: `${not(mark)}Message-ID`, text: mark.word?.text ?? "" };
    case "address":
    case "domain":
    case "word":
      return { head: not(mark) + headOf(mark), text: mark.word?.text ?? "" };
  }
}

const not = ({ word }: Mark) => (word?.not ? "Not " : "");

function headOf({ kind, word }: Mark): string {
  switch (word?.field) {
    case "from":
      return "From";
    case "to":
      return "To";
    case "subject":
      return "Subject";
    case "id":
      return "Message-ID";
    default:
      return kind === "address" ? "Address" : kind === "domain" ? "Domain" : "Words";
  }
}

const format = new Intl.DateTimeFormat("en-GB", {
  weekday: "short",
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});
const dayWords = (day: string) => format.format(new Date(`${day}T00:00:00Z`));

function daysWords(from: string | undefined, until: string | undefined): { head: string; text: string } {
  if (from && until)
    return from === until
      ? { head: "Day", text: dayWords(from) }
      : { head: "Days", text: `${dayWords(from)} to ${dayWords(until)}` };
  return from ? { head: "Since", text: dayWords(from) } : { head: "Until", text: until ? dayWords(until) : "" };
}
