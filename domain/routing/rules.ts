// The tenant's forwarding rules on one mail: who gets it in the end, what is held or discarded, and which copies are made.
import type { Headers } from "@/mail/headers";
import { mostOurs, type Named } from "./recipients";
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
}

export interface RulesResult {
  recipients: Ruled[];
  copies: Copy[];
  /** names of the rules that acted, in order */
  acted: string[];
  /** rules that go on multiply its recipients without end: there are none then, and no copies */
  flood: boolean;
}

export interface Copy {
  to: string[];
  rule: string;
}

/** What one rule made of the mail, for people who ask why. */
export type RuleStep =
  | { did: "acted"; on: string[]; became: string[] }
  /** these conditions don't hold */
  | { did: "unfit"; keys: WhenKey[] }
  /** its recipient is none of these, which are the ones that no rule has decided about */
  | { did: "other-recipient"; open: string[] }
  /** rules before it decided */
  | { did: "too-late" }
  /** the mail names nobody whom a rule could act on */
  | { did: "nobody" };

export type WhenKey = keyof RuleWhen;

interface Open extends Ruled {
  ended: boolean;
  trail: string[];
}

/**
 * The first match wins unless it says `continue`; a later rule sees the result. `tell` hears one step for each rule.
 * Redirects that go on multiply recipients from rule to rule, so it ends where they become more than a mail may have.
 */
export function applyRules(
  mail: RuleMail,
  recipients: Named[],
  rules: Rule[],
  tell?: (step: RuleStep) => void,
): RulesResult {
  let open: Open[] = recipients.map((one) => ({
    ...one,
    original: "",
    fate: { kind: "deliver" },
    ended: false,
    trail: [one.address.toLowerCase()],
  }));
  const copies: Copy[] = [];
  const acted: string[] = [];
  const last = lastTargets(rules);
  for (const [n, rule] of rules.entries()) {
    const acts = (one: Open) => !one.ended && isFor(rule, one);
    if (!mailKeys.every((key) => holds(mail, rule.when, key)) || !open.some(acts)) {
      tell?.(whyNot(mail, open, rule));
      continue;
    }
    if ("copyTo" in rule.then) copies.push({ to: rule.then.copyTo, rule: rule.name });
    acted.push(rule.name);
    const on = open.filter(acts).map(({ address }) => address);
    const next = applyRule(open, acts, rule, (been) => (last.get(been) ?? -1) > n);
    tell?.({ did: "acted", on, became: next.became });
    if (next.flood) {
      for (const _ of rules.slice(n + 1)) tell?.({ did: "too-late" });
      return { recipients: [], copies: [], acted, flood: true };
    }
    open = next.open;
  }
  return { recipients: open.map(({ ended: _e, trail: _t, ...one }) => one), copies, acted, flood: false };
}

/** The last rule that redirects to each address: where a recipient has been matters up to there only. */
function lastTargets(rules: Rule[]): Map<string, number> {
  const last = new Map<string, number>();
  for (const [n, { then }] of rules.entries())
    if ("redirect" in then) for (const to of then.redirect) last.set(to.toLowerCase(), n);
  return last;
}

interface Applied {
  open: Open[];
  became: string[];
  flood: boolean;
}

/** Two that no later rule can tell apart are one: many recipients that go to one group are no flood. */
function applyRule(open: Open[], acts: (one: Open) => boolean, rule: Rule, ahead: (been: string) => boolean): Applied {
  const next = new Map<string, Open>();
  const became = new Set<string>();
  for (const one of open) {
    const acting = acts(one);
    for (const result of acting ? act(one, rule) : [one]) {
      if (acting) became.add(result.address);
      const kept = { ...result, trail: result.ended ? [] : result.trail.filter(ahead).sort() };
      const key = JSON.stringify([kept.address.toLowerCase(), kept.ended, kept.fate.kind, kept.trail]);
      if (!next.has(key)) next.set(key, kept);
      if (next.size > mostOurs) return { open: [], became: [...became], flood: true };
    }
  }
  return { open: [...next.values()], became: [...became], flood: false };
}

function act(one: Open, rule: Rule): Open[] {
  const next: Open = { ...one, ended: !rule.continue };
  const { then } = rule;
  if ("copyTo" in then) return [next];
  // Held and discarded are ends: no later rule brings them back.
  if ("hold" in then) return [{ ...next, ended: true, fate: { kind: "hold", rule: rule.name } }];
  if ("discard" in then)
    return [{ ...next, ended: true, fate: { kind: "discard", rule: rule.name, why: then.discard } }];
  const fresh = then.redirect.filter((to) => !one.trail.includes(to.toLowerCase()));
  // Only addresses where it has been already: a loop, cut by leaving the mail where it is.
  if (fresh.length === 0) return [next];
  return fresh.map((address) => ({
    ...next,
    address,
    original: one.original || one.address,
    trail: [...one.trail, address.toLowerCase()],
  }));
}

const isFor = ({ when }: Rule, one: Open): boolean => !when.recipient || wildcard(when.recipient, one.address);

/** All keys but `recipient`, which is asked per recipient. */
const mailKeys = ["sender", "subject", "mailbox", "sizeOver", "header"] as const;

function holds(mail: RuleMail, when: RuleWhen, key: (typeof mailKeys)[number]): boolean {
  switch (key) {
    case "sizeOver":
      return when.sizeOver === undefined || mail.size > when.sizeOver;
    case "header": {
      const { header } = when;
      return !header || mail.headers.all(header.name).some((value) => wildcard(`*${header.contains}*`, value));
    }
    case "sender":
    case "subject":
    case "mailbox":
      return when[key] === undefined || wildcard(when[key], mail[key]);
  }
}

function whyNot(mail: RuleMail, open: Open[], rule: Rule): RuleStep {
  const keys = mailKeys.filter((key) => !holds(mail, rule.when, key));
  if (keys.length > 0) return { did: "unfit", keys };
  if (open.length === 0) return { did: "nobody" };
  if (open.some((one) => isFor(rule, one))) return { did: "too-late" };
  const still = open.filter((one) => !one.ended).map(({ address }) => address);
  return still.length > 0 ? { did: "other-recipient", open: still } : { did: "too-late" };
}
