// Signing in and out.
"use server";
import { redirect } from "next/navigation";
import { z } from "zod";
import { publicForm } from "@/app/_server/action";
import { dropSession, giveSession } from "@/app/_server/auth";
import { ownPath } from "@/app/_server/own-path";
import { signIn as signInFields } from "@/domain/person/schema";
import { signIn as proveAndBegin } from "@/domain/person/session";

export const signIn = publicForm("sign-in", signInFields, async ({ db, visitor, now }, given) => {
  const token = await proveAndBegin(db, given, visitor, now);
  // Whoever was signed in here before is signed out: one browser, one person.
  await dropSession();
  await giveSession(token);
  redirect(ownPath(given.next));
});

export const signOut = publicForm("sign-out", z.strictObject({}), async () => {
  await dropSession();
  redirect("/sign-in");
});
