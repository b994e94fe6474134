// Names of what changed, as the pages call it where it is changed.
import { labelOf as exchangeLabel } from "@/app/t/[tenant]/exchange/labels";
import { labelOf as mailboxLabel } from "@/app/t/[tenant]/mailboxes/labels";

const others: Record<string, string> = {
  role: "role",
  disabled: "disabled",
  factor: "which",
  requiredFor: "roles",
  secondFactor: "Every member needs one",
  name: "Name",
  timeZone: "Time zone",
  contact: "Contact",
  deliveredHours: "Bodies of delivered mail, hours",
  badmailDays: "BADMAIL and held mail, days",
};

export function auditField(action: string, field: string): string {
  if (action.startsWith("exchange.")) return exchangeLabel(field);
  if (action.startsWith("mailbox.")) return mailboxLabel(field);
  return others[field] ?? others[field.split(".").at(-1) ?? ""] ?? field;
}
