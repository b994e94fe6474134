// What a form's answer says about the form as a whole, in one place under its title.
import type { Answer } from "@/app/_server/answer";
import { Banner } from "./state";

export function FormFault({ answer }: { answer: Answer<unknown> | null | undefined }) {
  if (!answer || answer.ok) return null;
  return <Banner live state={answer.conflict ? "needs" : "stopped"} title={answer.message} />;
}

/** The sentence for one field of an answer. */
export const faultAt = (answer: Answer<unknown> | null | undefined, field: string): string | undefined =>
  answer && !answer.ok ? answer.fields?.[field] : undefined;
