// All rules in their order: the first that fits decides. What concerns the connection, then what is only for now, then refusals.
import type { Rule } from "./rule";
import { connectionRules } from "./rules-connection";
import { recipientRules } from "./rules-recipient";
import { refusalRules } from "./rules-refusal";
import { sessionRules } from "./rules-session";
import { temporaryRules } from "./rules-temporary";

export const rules: readonly Rule[] = [
  ...connectionRules,
  ...sessionRules,
  ...temporaryRules,
  ...refusalRules,
  ...recipientRules,
];
