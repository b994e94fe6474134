// The queue: try all now, pause with a reason, resume.
"use server";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { tryAll } from "@/domain/exchange/store-write";
import { pauseQueue, resumeQueue } from "@/domain/queue/run";
import * as schema from "@/domain/queue/schema";

const nothing = z.strictObject({});

export const tryQueueNow = tenantAction("queue.run", nothing, ({ scope }) => tryAll(scope));

export const pause = tenantAction("queue.run", schema.pauseQueue, ({ scope }, { reason }) => pauseQueue(scope, reason));

export const resume = tenantAction("queue.run", nothing, ({ scope }) => resumeQueue(scope));
