// Uses an invitation or a reset link.
"use server";
import { publicForm } from "@/app/_server/action";
import { arrive } from "@/app/_server/arrive";
import { redeemLink } from "@/domain/person/link";
import { acceptInvitation } from "@/domain/person/schema";

export const setPassword = publicForm("invitation", acceptInvitation, async ({ db, visitor, now }, given) => {
  return arrive(await redeemLink(db, given, visitor, now), "/");
});
