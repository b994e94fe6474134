// The tenant's forwarding rules on one mail: who gets it in the end, what is held or discarded, and which copies are made.
import { sameAddress } from "@/mail/address";
import type { Headers } from "@/mail/headers";
import type { Named } from "./recipients";
import type { Rule, RuleWhen } from "./schema";
import { wildcard } from "./wildcard";

export interface RuleMail {
  sender: string;
  subject: string;
  /** the mailbox's name */
  mailbox: string;
  size: number;
  headers: Headers;
}

export type Fate =
  | { kind: "deliver" }
  | { kind: "hold"; rule: string }
  | { kind: "discard"; rule: string; why: string };

export interface Ruled extends Named {
  /** the address as the mail named it, when a rule changed it */
  original: string;
  fate: Fate;
  /** names of the rules that acted on it, in order */
  rules: string[];
}

export interface Copy {
  to: string[];
  rule: string;
}

interface Open extends Ruled {
  ended: boolean;
  trail: string[];
}

/** The first match wins unless it says `continue`; a later rule sees the result. */
export function applyRules(
  mail: RuleMail,
  recipients: Named[],
  rules: Rule[],
): { recipients: Ruled[]; copies: Copy[] } {
  let open: Open[] = recipients.map((one) => ({
    ...one,
    original: "",
    fate: { kind: "deliver" },
    rules: [],
    ended: false,
    trail: [one.address],
  }));
  const copies: Copy[] = [];
  for (const rule of rules) {
    if (!mailMatches(mail, rule.when)) continue;
    const acts = (one: Open) => !one.ended && (!rule.when.recipient || wildcard(rule.when.recipient, one.address));
    if (!open.some(acts)) continue;
    if ("copyTo" in rule.then) copies.push({ to: rule.then.copyTo, rule: rule.name });
    open = open.flatMap((one) => (acts(one) ? act(one, rule) : [one]));
  }
  return { recipients: open.map(({ ended: _e, trail: _t, ...one }) => one), copies };
}

function act(one: Open, rule: Rule): Open[] {
  const next: Open = { ...one, ended: !rule.continue, rules: [...one.rules, rule.name] };
  const { then } = rule;
  if ("copyTo" in then) return [next];
  // Held and discarded are ends: no later rule brings them back.
  if ("hold" in then) return [{ ...next, ended: true, fate: { kind: "hold", rule: rule.name } }];
  if ("discard" in then)
    return [{ ...next, ended: true, fate: { kind: "discard", rule: rule.name, why: then.discard } }];
  const fresh = then.redirect.filter((to) => !one.trail.some((been) => sameAddress(been, to)));
  // Only addresses where it has been already: a loop, cut by leaving the mail where it is.
  if (fresh.length === 0) return [next];
  return fresh.map((address) => ({
    ...next,
    address,
    original: one.original || one.address,
    trail: [...one.trail, address],
  }));
}

/** All keys but `recipient`, which is asked per recipient. */
function mailMatches(mail: RuleMail, when: RuleWhen): boolean {
  if (when.sender !== undefined && !wildcard(when.sender, mail.sender)) return false;
  if (when.subject !== undefined && !wildcard(when.subject, mail.subject)) return false;
  if (when.mailbox !== undefined && !wildcard(when.mailbox, mail.mailbox)) return false;
  if (when.sizeOver !== undefined && mail.size <= when.sizeOver) return false;
  if (when.header === undefined) return true;
  const { name, contains } = when.header;
  return mail.headers.all(name).some((value) => wildcard(`*${contains}*`, value));
}
