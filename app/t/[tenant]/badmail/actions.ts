// Held and BADMAIL: what a person decides, in parts that each answer soon.
"use server";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { countTarget, decide } from "@/domain/message/decide";
import { choice, part, target } from "@/domain/message/decide-schema";
import { fateOf } from "@/domain/message/fate";

const decision = z.strictObject({ target, choice, part: part.optional() });

export const decideMail = tenantAction("badmail.decide", decision, ({ scope }, given) =>
  decide(scope, given.target, given.choice, given.part),
);

/** How many it would touch now: asked when the question is put, so that the number confirmed is the number done. */
export const countMails = tenantAction("badmail.decide", z.strictObject({ target }), ({ scope }, given) =>
  countTarget(scope, given.target),
);

/** What became of a mail that was sent again. */
export const fateOfMail = tenantAction("queue.read", z.strictObject({ id: z.uuid() }), ({ scope }, { id }) =>
  fateOf(scope, id),
);
