// Two rules to begin with, for a company that has none: the empty page tells them, the editor is filled in with them.
import type { Rule } from "@/domain/routing/schema";

export const examples: Record<string, { words: string; rule: Rule }> = {
  invoices: {
    words: "Mail for billing@ goes to two people in accounting, who have no mailbox at the provider.",
    rule: {
      name: "Invoices go to accounting",
      when: { recipient: "billing@*" },
      then: { redirect: [] },
      continue: false,
    },
  },
  large: {
    words: "Mail over 25 MB is held until a person decides, instead of being refused by Exchange.",
    rule: { name: "Large mail is held", when: { sizeOver: 25_000_000 }, then: { hold: true }, continue: false },
  },
};
