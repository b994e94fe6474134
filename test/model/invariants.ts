// What must hold in every state of the model, by name. A broken one answers with its name; the search adds the way there.

import { places } from "@/domain/message/place";
import { lostAnswers } from "@/domain/message/recover";
import { type Mail, placeOfRow, type World } from "./world";

type Rule = (mail: Mail, world: World) => boolean;

const rules: Record<string, Rule> = {
  "a mail is at the source, or in the queue": ({ source, row }) => source === "present" || row !== null,
  "gone at the source means committed before": ({ source, identity, collected }) =>
    source === "present" || (identity !== "none" && collected > 0),
  "an identity is closed only when its mail is surely gone": ({ source, identity }) =>
    identity !== "closed" || source === "gone",
  "the sum: collected is what stands in one of the places": ({ row, collected }) =>
    collected === (row && places.includes(placeOfRow(row)) ? 1 : 0),
  "delivered means that the server has it": ({ row, copies }) =>
    row === null || placeOfRow(row) !== "delivered" || copies > 0,
  "settled means that nothing waits in it": ({ row }) => row?.state !== "settled" || placeOfRow(row) !== "waiting",
  "one copy more at most for each lost answer": ({ copies, lost }) => copies <= 1 + lost,
  "a second copy is marked before it is sent": ({ plain }) => plain <= 1,
  "a mail that was doubled says so": ({ row, copies }) => copies < 2 || (row !== null && row.possibleCopies > 0),
  "the third lost answer is held, not sent again": ({ row }) =>
    row === null || row.uncertainCount < lostAnswers || row.state === "settled",
  "a lease stands only in a mail that is being sent": ({ row }) =>
    row === null || (row.state === "sending") === (row.token !== null),
  "a 250 that was written is not forgotten": ({ row, taken }) =>
    !taken || row === null || row.recipient === "delivered" || (row.possibleCopies > 0 && row.recipient !== null),
};

export const ruleNames = Object.keys(rules);

export function brokenIn(world: World): string | null {
  for (const [name, holds] of Object.entries(rules)) if (!world.mails.every((mail) => holds(mail, world))) return name;
  return null;
}
