// A server's reply → what it is and what follows from it. The rules are data: rules.ts.
import type { Reply, Stage } from "@/mail/reply";
import { type Context, caseOf, matches } from "./rule";
import { rules } from "./rules";
import type { Verdict } from "./verdict";

export function classify(stage: Stage, reply: Reply, context: Context = {}): Verdict {
  const held = caseOf(stage, reply, context);
  const rule = rules.find((candidate) => matches(candidate, held));
  // The last rule fits everything; this is for the compiler.
  if (!rule) return { class: "permanent", action: "badmail", rule: "permanent", meaning: "", remedy: "" };
  return { class: rule.class, action: rule.action, rule: rule.name, meaning: rule.meaning, remedy: rule.remedy };
}
