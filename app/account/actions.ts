// What everybody does to their own account.
"use server";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { accountAction } from "@/app/_server/action";
import { dropSession } from "@/app/_server/auth";
import { changeOwnPassword, markFresh, proveOwnPassword } from "@/domain/person/confirm";
import { endOwnSession, endOwnSessions } from "@/domain/person/own-sessions";
import { passwordChange, proof } from "@/domain/person/schema";

/** Makes this session fresh; the page then repeats what it was asked for. */
export const proveAgain = accountAction("prove", proof, async ({ db, person, visitor, now }, given) => {
  await proveOwnPassword(db, person, given.password, visitor, now);
  await markFresh(db, person.sessionId, now);
});

export const changePassword = accountAction("password", passwordChange, async ({ db, person, visitor, now }, given) => {
  const ended = await changeOwnPassword(db, person, given, visitor, now);
  revalidatePath("/account");
  return { ended };
});

export const endSession = accountAction("session", z.strictObject({ id: z.uuid() }), async (door, { id }) => {
  await endOwnSession(door.db, door.person.personId, id, door.now);
  if (id === door.person.sessionId) await dropSession();
  revalidatePath("/account");
});

export const endSessions = accountAction(
  "sessions",
  z.strictObject({ which: z.enum(["others", "all"], "Which sessions: others, or all.") }),
  async ({ db, person, now }, { which }) => {
    const ended = await endOwnSessions(db, person.personId, which === "all" ? null : person.sessionId, now);
    if (which === "all") await dropSession();
    revalidatePath("/account");
    return { ended };
  },
);
