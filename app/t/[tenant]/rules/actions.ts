// The doors of the rules' pages.
"use server";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { may } from "@/domain/access";
import { listRules } from "@/domain/routing/list";
import { ruleEdit, ruleMove } from "@/domain/routing/schema";
import { moveRule, removeRule, saveRule } from "@/domain/routing/store-edit";
import { tryRules } from "@/domain/routing/trial";
import { findTrialMails } from "@/domain/routing/trial-mails";
import { pastedMail, ruleDraft, trialMail } from "@/domain/routing/trial-schema";
import { Refusal } from "@/lib/errors";

export const save = tenantAction("rule.edit", ruleEdit, ({ scope }, edit) => saveRule(scope, edit));

export const move = tenantAction("rule.edit", ruleMove, ({ scope }, input) => moveRule(scope, input));

export const remove = tenantAction(
  "rule.edit",
  z.strictObject({ id: z.uuid(), version: z.number().int().positive() }),
  ({ scope }, input) => removeRule(scope, input),
);

/** What is stored now: the other side of a conflict. */
export const current = tenantAction(
  "rule.read",
  z.strictObject({ id: z.uuid() }),
  async ({ scope }, { id }) => (await listRules(scope)).find((row) => row.id === id) ?? null,
);

export const tryPasted = tenantAction("rule.read", z.strictObject({ pasted: pastedMail }), ({ scope }, { pasted }) =>
  tryRules(scope, pasted),
);

/** Rules read a mail's headers, so this asks for what looking at them asks for. */
export const tryCollected = tenantAction(
  "message.body",
  z.strictObject({ mailId: z.uuid() }),
  ({ scope }, { mailId }) => tryRules(scope, { kind: "collected", mailId }),
);

export const tryDraft = tenantAction(
  "rule.edit",
  z.strictObject({ draft: ruleDraft, mail: trialMail }),
  ({ scope, role }, { draft, mail }) => {
    if (mail.kind === "collected" && !may(role, "message.body"))
      throw new Refusal("Your role can't look at mails, so rules are tried on a pasted one.");
    return tryRules(scope, mail, draft);
  },
);

export const findMails = tenantAction(
  "message.body",
  z.strictObject({ text: z.string().max(300) }),
  ({ scope }, { text }) => findTrialMails(scope, text),
);
