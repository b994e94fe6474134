// The form of a rule about a server's reply, and how it is held against one.
import type { Reply, ReplyClass, Stage } from "@/mail/reply";
import type { Action } from "./verdict";
import { plain } from "./words";

export interface Rule {
  /** kebab-case; shown to people and stored with the attempt */
  name: string;
  stages?: readonly Stage[];
  /** against the three digits */
  code?: RegExp;
  /** against the enhanced code, also one at the end of the text: "(#5.1.1)" */
  enhanced?: RegExp;
  /** against the text as `plain` gives it */
  says?: RegExp;
  /** the text must not say this */
  unless?: RegExp;
  /** `enhanced` or `says` is enough */
  either?: true;
  /** only for a sender of the tenant's own domain */
  ownSender?: true;
  /** only on a connection that is not encrypted */
  inClear?: true;
  class: ReplyClass;
  action: Action;
  meaning: string;
  remedy: string;
}

export interface Context {
  /** the envelope sender's domain is one of the tenant's own */
  senderIsOwn?: boolean;
  /** how many recipients the transaction had */
  recipients?: number;
  /** the connection is encrypted */
  encrypted?: boolean;
}

export interface Case {
  stage: Stage;
  code: string;
  enhanced: string;
  words: string;
  senderIsOwn: boolean;
  encrypted: boolean;
}

export function caseOf(stage: Stage, reply: Reply, context: Context = {}): Case {
  // qmail and its kin put it last: "sorry, no mailbox here by that name (#5.1.1 - chkuser)".
  const late = /\(#?([245]\.\d{1,3}\.\d{1,3})\b[^()]{0,40}\)\s*$/.exec(reply.text.slice(0, 4096))?.[1];
  return {
    stage,
    code: String(reply.code),
    enhanced: reply.enhanced ?? late ?? "",
    words: plain(reply.text),
    senderIsOwn: context.senderIsOwn ?? false,
    encrypted: context.encrypted ?? false,
  };
}

export function matches(rule: Rule, reply: Case): boolean {
  if (rule.stages && !rule.stages.includes(reply.stage)) return false;
  if (rule.code && !rule.code.test(reply.code)) return false;
  if (rule.ownSender && !reply.senderIsOwn) return false;
  if (rule.inClear && reply.encrypted) return false;
  if (rule.unless?.test(reply.words)) return false;
  const coded = rule.enhanced?.test(reply.enhanced);
  const said = rule.says?.test(reply.words);
  return rule.either ? coded === true || said === true : coded !== false && said !== false;
}
