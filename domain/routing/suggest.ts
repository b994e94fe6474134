// "Make a rule of this": the rule that a stuck mail suggests. It never discards: only a person chooses that.
import { isAddress } from "@/mail/address";
import type { Rule } from "./schema";

export interface Stuck {
  id: string;
  /** "" is the null sender */
  sender: string;
  from: string;
  subject: string;
  reasonKind: string | null;
  /** as the mail named it; "" when it has no recipient */
  address: string;
}

export interface Suggested {
  rule: Rule;
  /** how many rules stand before it; null: after all */
  place: number | null;
}

type Kind = "recipient" | "sender" | "through" | null;

/** What a rule could do about it; null: rules have no part in this. */
function suggestsRule(reasonKind: string | null): Kind {
  switch (reasonKind) {
    case "unknown-recipient":
    case "permanent":
    case "gave-up":
      return "recipient";
    case "spam":
    case "own-sender":
    case "too-large":
    case "header-too-large":
    case "too-many-recipients":
      return "sender";
    case "rule":
      return "through";
    default:
      // Nobody's mail, loops, damaged bytes and lost answers are decided before or after rules.
      return null;
  }
}

/** Where "Make a rule of this" leads; null where a rule can't help, or could not tell mail like it from other mail. */
export const ruleOfAddress = (slug: string, mail: Omit<Stuck, "from"> & { to?: string | null | undefined }) =>
  ruleFrom({ ...mail, from: "" }) === null
    ? null
    : `/t/${slug}/rules/new?of=${mail.id}${mail.to ? `&to=${encodeURIComponent(mail.to)}` : ""}`;

export function ruleFrom(mail: Stuck): Suggested | null {
  const kind = suggestsRule(mail.reasonKind);
  const sender = senderOf(mail);
  const who = mail.sender || "the null sender";
  switch (kind) {
    case "recipient":
      return !isPlain(mail.address)
        ? null
        : made(`Mail for ${mail.address}`, { recipient: mail.address }, { redirect: [] });
    case "sender":
      return sender && made(`Mail from ${who}`, sender, { hold: true });
    case "through":
      if (!sender || !isPlain(mail.address)) return null;
      // A redirect to where the mail goes anyway leaves it as it is and ends its way through the rules.
      return {
        ...made(`Mail from ${who} passes`, { ...sender, recipient: mail.address }, { redirect: [mail.address] }),
        place: 0,
      };
    case null:
      return null;
  }
}

/** A mail without sender and subject has nothing that a rule could know it by. */
function senderOf({ sender, subject }: Stuck): Rule["when"] | null {
  if (isAddress(sender)) return isPlain(sender) ? { sender } : null;
  return isPlain(subject) ? { subject: subject.slice(0, 254) } : null;
}

/** What a stranger wrote must not become a wildcard: their `*` would take other people's mail. */
const isPlain = (text: string): boolean => text !== "" && !text.includes("*");

const made = (name: string, when: Rule["when"], outcome: Rule["then"]): Suggested => ({
  rule: { name: name.slice(0, 120), when, then: outcome, continue: false },
  place: null,
});
