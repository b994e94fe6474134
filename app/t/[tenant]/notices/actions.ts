// Who is told beside the postmaster, and a test of what all of them get.
"use server";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { readExchange } from "@/domain/exchange/store";
import * as receivers from "@/domain/notice/receivers";
import { receiverAdd, receiverOf } from "@/domain/notice/receivers-schema";
import { askProbe } from "@/domain/probe/ask";
import { Refusal } from "@/lib/errors";

export const addReceiver = tenantAction("tenant.edit", receiverAdd, async ({ scope, tenant }, given) => {
  await receivers.addReceiver(scope, given);
  revalidatePath(`/t/${tenant.slug}/notices`);
});

export const removeReceiver = tenantAction("tenant.edit", receiverOf, async ({ scope, tenant }, { id }) => {
  await receivers.removeReceiver(scope, id);
  revalidatePath(`/t/${tenant.slug}/notices`);
});

/** The test of the saved server, with a mail like a notice to everybody who is told. */
export const sendTest = tenantAction("exchange.test-saved", z.strictObject({}), async ({ scope, role }) => {
  const saved = await readExchange(scope);
  if (!saved) throw new Refusal("There is no Exchange server yet, and notices go out through it. Set one up first.");
  return askProbe(scope, role, { kind: "exchange", settings: saved.settings, receivers: true });
});
