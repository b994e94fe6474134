// What Mailferry makes of a reply that a person or a program shows it, however it was copied.
import { enhancedOf, type Reply, type ReplyClass, type Stage } from "@/mail/reply";
import { classify } from "./classify";
import type { Action } from "./verdict";

export interface Explained {
  class: ReplyClass;
  action: Action;
  rule: string;
  meaning: string;
  remedy: string;
}

/** "550 5.1.1 User unknown", of one or more lines, with or without the code on each → its parts. Null without a code. */
export function explainLine(text: string): Reply | null {
  const lines = split(text);
  const code = Number(/^([245]\d\d)(?:[ -]|$)/.exec(lines[0] ?? "")?.[1] ?? 0);
  return code === 0 ? null : replyOf(code, null, lines);
}

/** The same by its parts; `text` may repeat the code, and the enhanced code may stand there only. */
export function explain(stage: Stage, code: number, enhanced: string | null, text: string): Explained {
  const { class: kind, action, rule, meaning, remedy } = classify(stage, replyOf(code, enhanced, split(text)));
  return { class: kind, action, rule, meaning, remedy };
}

const split = (text: string): string[] =>
  text
    .slice(0, 8192)
    .split(/\r\n|\r|\n|\\n/)
    .map((line) => line.trim());

function replyOf(code: number, enhanced: string | null, lines: string[]): Reply {
  const repeated = new RegExp(`^${code}(?:[ -]|$)`);
  const text = lines
    .map((line) => line.replace(repeated, "").trim())
    .join("\n")
    .slice(0, 4096);
  return { code, enhanced: enhanced || enhancedOf(text), text };
}
