// Uses an invitation or a reset link.
"use server";
import { redirect } from "next/navigation";
import { publicForm } from "@/app/_server/action";
import { dropSession, giveSession } from "@/app/_server/auth";
import { redeemLink } from "@/domain/person/link";
import { acceptInvitation } from "@/domain/person/schema";

export const setPassword = publicForm("invitation", acceptInvitation, async ({ db, visitor, now }, given) => {
  const token = await redeemLink(db, given, visitor, now);
  await dropSession();
  await giveSession(token);
  redirect("/");
});
