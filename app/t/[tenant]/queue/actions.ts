// The queue: try now, hold and let go on, pause with a reason, resume.
"use server";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { letGoOn } from "@/domain/message/decide";
import { part } from "@/domain/message/decide-schema";
import { countWaiting, holdMails, tryMailsNow } from "@/domain/queue/hold";
import { pauseQueue, resumeQueue } from "@/domain/queue/run";
import * as schema from "@/domain/queue/schema";
import { triedSince } from "@/domain/queue/tried";

const nothing = z.strictObject({});

/** What became of the mails that were tried at once. */
export const tried = tenantAction(
  "queue.read",
  z.strictObject({ at: z.date(), until: z.number().int().min(0) }),
  ({ scope }, given) => triedSince(scope, given),
);

export const pause = tenantAction("queue.run", schema.pauseQueue, ({ scope }, { reason }) => pauseQueue(scope, reason));

export const resume = tenantAction("queue.run", nothing, ({ scope }) => resumeQueue(scope));

const mails = z.strictObject({ ids: z.array(z.uuid()).min(1).max(500) });

export const tryTheseNow = tenantAction("queue.run", mails, ({ scope }, { ids }) => tryMailsNow(scope, ids));

/** What the person who asks holds, and nothing that a rule or somebody else holds. */
export const release = tenantAction("queue.run", mails, ({ scope }, { ids }) => letGoOn(scope, ids));

/** How many wait now: asked when the question is put, so that the number confirmed is the number done. */
export const countQueue = tenantAction("queue.run", nothing, ({ scope }) => countWaiting(scope));

export const hold = tenantAction(
  "queue.run",
  z.strictObject({ target: schema.waitingTarget, why: schema.holdReason, part: part.optional() }),
  ({ scope }, given) => holdMails(scope, given.target, given.why, given.part),
);
