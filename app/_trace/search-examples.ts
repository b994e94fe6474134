// What people can type into the search box, by example. The test asks the search itself what it makes of each.
import type { Mark } from "@/domain/message/understand";

interface Example {
  typed: string[];
  finds: string;
  /** what each is understood as */
  as: Mark["kind"][];
}

export const searchExamples: Example[] = [
  {
    typed: ["anna@pumps.example", "@pumps.example"],
    finds: "an address, or everybody of a domain, as sender or recipient",
    as: ["address", "domain"],
  },
  {
    typed: ["delivery date"],
    finds: "words of a subject or an address in any order: all of them, or their beginnings",
    as: ["word"],
  },
  { typed: ['"delivery date"'], finds: "words that stand together", as: ["word"] },
  {
    typed: ["from:anna", "to:info", "subject:offer", "id:<q40@pumps.example>"],
    finds: "there only; an id is a mail’s Message-ID",
    as: ["word", "word", "word", "id"],
  },
  { typed: ["-subject:newsletter"], finds: "without that; -from:, -to: and -id: too", as: ["word"] },
  {
    typed: ["yesterday", "last Tuesday", "since Monday", "24.11.", "1 Nov to 3 Nov"],
    finds: "the days on which it was collected",
    as: ["days"],
  },
  { typed: ["badmail", "held", "accepted"], finds: "a state, as on the buttons below", as: ["state"] },
];

export const joinedExample = { typed: "from:anna offer last week", as: ["word", "word", "days"] };
