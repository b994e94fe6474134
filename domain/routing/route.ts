// Route: mail + settings + rules → its recipients on this tenant's Exchange, or held, or discarded, each with its reason.
import type { RecipientSettings } from "@/domain/mailbox/schema";
import { mostOurs, type Recipients, recipientsOf } from "./recipients";
import { applyRules, type Copy, type Ruled, type RuleMail, type RuleStep } from "./rules";
import type { Rule } from "./schema";

export interface RoutedRecipient {
  address: string;
  original: string;
  via: string;
  place: "waiting" | "held" | "discarded";
  reasonKind: string | null;
  reason: string | null;
}

export interface Decision {
  /** of the mail as a whole when it has no recipients */
  held: { reasonKind: string; reason: string } | null;
  recipients: RoutedRecipient[];
  copies: Copy[];
  leftOut: string[];
  /** names of all rules that acted */
  rules: string[];
}

/** `tell` hears what each rule made of the mail, in their order: for people who try rules. */
export function decideRoute(
  mail: RuleMail,
  settings: RecipientSettings,
  rules: Rule[],
  tell?: (step: RuleStep) => void,
): Decision {
  const found = recipientsOf(mail.headers, settings);
  const ruled = applyRules(mail, found.recipients, rules, tell);
  return {
    held: ruled.flood ? multiplied : heldWhole(found),
    recipients: notTooMany(once(ruled.recipients.map(routed))),
    copies: ruled.copies,
    leftOut: found.leftOut,
    rules: ruled.acted,
  };
}

/** A mail to more addresses of ours waits for a person: a newsletter to a whole company is meant rarely, a flood never. */
const mostAtOnce = 200;
const tooMany = (count: number) => ({
  reasonKind: "too-many-recipients",
  reason: `It is for ${count} addresses of yours, and without asking a mail goes to ${mostAtOnce} at most. Look whether all are meant, then send it again, or send it to some of them.`,
});

const multiplied = {
  reasonKind: "too-many-recipients",
  reason: `Rules that go on make more than ${mostOurs} recipients of it, and without asking a mail goes to ${mostAtOnce} at most. Look which of the rules are meant to go on, then send it to those who are to have it.`,
};

function heldWhole({ nobody, flood }: Recipients): Decision["held"] {
  if (flood !== undefined) return tooMany(flood);
  return nobody ? { reasonKind: "nobody", reason: "No address of yours is in it." } : null;
}

function notTooMany(recipients: RoutedRecipient[]): RoutedRecipient[] {
  const waiting = recipients.filter((one) => one.place === "waiting").length;
  if (waiting <= mostAtOnce) return recipients;
  return recipients.map((one) => (one.place === "waiting" ? { ...one, place: "held", ...tooMany(waiting) } : one));
}

function routed({ address, original, via, fate }: Ruled): RoutedRecipient {
  const base = { address, original, via };
  switch (fate.kind) {
    case "deliver":
      return { ...base, place: "waiting", reasonKind: null, reason: null };
    case "hold":
      return { ...base, place: "held", reasonKind: "rule", reason: `The rule “${fate.rule}” holds it.` };
    case "discard":
      return {
        ...base,
        place: "discarded",
        reasonKind: "rule",
        reason: `The rule “${fate.rule}” discards it: ${fate.why}`,
      };
  }
}

/** Two ways to one address are one recipient; what is delivered wins over what is held, that over what is discarded. */
function once(recipients: RoutedRecipient[]): RoutedRecipient[] {
  const order = ["waiting", "held", "discarded"];
  const byAddress = new Map<string, RoutedRecipient>();
  for (const one of recipients) {
    const key = one.address.toLowerCase();
    const other = byAddress.get(key);
    if (!other || order.indexOf(one.place) < order.indexOf(other.place)) byAddress.set(key, one);
  }
  return [...byAddress.values()];
}
