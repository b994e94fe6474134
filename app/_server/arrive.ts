// After a password or a link was proved: into the portal, or to the question for the second factor.
import { redirect } from "next/navigation";
import type { Begun } from "@/domain/person/begin";
import { dropHalf, dropSession, giveHalf, giveSession } from "./auth";
import { ownPath } from "./own-path";

export async function arrive(begun: Begun, next: string | undefined): Promise<never> {
  // Whoever was signed in here before is signed out: one browser, one person.
  await dropSession();
  if (begun.kind === "second-factor") {
    await giveHalf(begun.token);
    redirect(`/sign-in/second?next=${encodeURIComponent(ownPath(next))}`);
  }
  await giveSession(begun.token);
  redirect(ownPath(next));
}

/** The second factor, or a passkey alone, is proved. Answers where to go. */
export async function letIn(token: string, next: string | undefined): Promise<string> {
  await dropSession();
  await dropHalf();
  await giveSession(token);
  return ownPath(next);
}
