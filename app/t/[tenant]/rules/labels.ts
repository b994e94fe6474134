// The fields' names as the rules' pages show them: for inputs, for the list of faults, for the two versions of a conflict.

import type { WhenKey } from "@/domain/routing/rules";
import type { Rule } from "@/domain/routing/schema";

export const whenLabels = {
  recipient: "Recipient",
  sender: "Sender",
  subject: "Subject",
  mailbox: "Mailbox",
  header: "Header",
  sizeOver: "Larger than",
} as const satisfies Record<WhenKey, string>;

export const whenKeys = Object.keys(whenLabels) as WhenKey[];

export type ThenKey = "redirect" | "copyTo" | "hold" | "discard";

export const thenLabels = {
  redirect: "Send it to other addresses instead",
  copyTo: "Send a copy as well",
  hold: "Hold it until a person decides",
  discard: "Discard it",
} as const satisfies Record<ThenKey, string>;

export const thenKey = (outcome: Rule["then"]): ThenKey =>
  "redirect" in outcome ? "redirect" : "copyTo" in outcome ? "copyTo" : "hold" in outcome ? "hold" : "discard";

const others: Record<string, string> = {
  place: "Where it stands",
  "rule.name": "Name",
  "rule.when": "When",
  "rule.when.header.name": "Header name",
  "rule.when.header.contains": "Header contains",
  "rule.then.redirect": "Addresses",
  "rule.then.copyTo": "Addresses",
  "rule.then.discard": "Reason",
  "rule.then": "Then",
};

/** By dotted path, as faults name fields; a fault of one address of several is that field's. */
export function labelOf(path: string): string {
  const [, part = "", key = ""] = path.split(".");
  const found = others[path] ?? (part === "when" ? whenLabels[key as WhenKey] : others[`rule.${part}.${key}`]);
  return found ?? path;
}
