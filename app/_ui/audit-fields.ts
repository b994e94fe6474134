// Names of what changed, as the pages call it where it is changed.
import { labelOf as exchangeLabel } from "@/app/t/[tenant]/exchange/labels";
import { labelOf as mailboxLabel } from "@/app/t/[tenant]/mailboxes/labels";
import { labelOf as ruleLabel, thenLabels } from "@/app/t/[tenant]/rules/labels";

const others: Record<string, string> = {
  role: "role",
  disabled: "disabled",
  factor: "which",
  requiredFor: "roles",
  secondFactor: "Every member needs one",
  name: "Name",
  site: "Site",
  timeZone: "Time zone",
  contact: "Contact",
  deliveredHours: "Bodies of delivered mail, hours",
  badmailDays: "BADMAIL and held mail, days",
  state: "State",
  reason: "Reason",
  recipients: "Recipients",
  kinds: "Is told of",
  mailboxes: "Mailboxes",
  values: "Values",
  position: "Where it stands",
  "rule.then.redirect": thenLabels.redirect,
  "rule.then.copyTo": thenLabels.copyTo,
  "rule.then.hold": thenLabels.hold,
  "rule.then.discard": thenLabels.discard,
  "rule.continue": "Go on with the rules after it",
};

const pages: Record<string, (path: string) => string> = {
  exchange: exchangeLabel,
  mailbox: mailboxLabel,
  rule: ruleLabel,
};

export function auditField(action: string, field: string): string {
  const [kind = ""] = action.split(".");
  return others[field] ?? pages[kind]?.(field) ?? others[field.split(".").at(-1) ?? ""] ?? field;
}
