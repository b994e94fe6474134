// Who is told beside the postmaster.
"use server";
import { revalidatePath } from "next/cache";
import { tenantAction } from "@/app/_server/action";
import * as receivers from "@/domain/notice/receivers";
import { receiverAdd, receiverOf } from "@/domain/notice/receivers-schema";

export const addReceiver = tenantAction("tenant.edit", receiverAdd, async ({ scope, tenant }, given) => {
  await receivers.addReceiver(scope, given);
  revalidatePath(`/t/${tenant.slug}/notices`);
});

export const removeReceiver = tenantAction("tenant.edit", receiverOf, async ({ scope, tenant }, { id }) => {
  await receivers.removeReceiver(scope, id);
  revalidatePath(`/t/${tenant.slug}/notices`);
});
