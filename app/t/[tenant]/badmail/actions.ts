// Held and BADMAIL: what a person decides.
"use server";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { tenantAction } from "@/app/_server/action";
import { decide } from "@/domain/message/decide";
import { choice, target } from "@/domain/message/decide-schema";

const decision = z.strictObject({ target, choice });

export const decideMail = tenantAction("badmail.decide", decision, async ({ scope, tenant }, given) => {
  const decided = await decide(scope, given.target, given.choice);
  revalidatePath(`/t/${tenant.slug}`, "layout");
  return decided;
});
