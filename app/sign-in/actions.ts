// Signing in and out.
"use server";
import { redirect } from "next/navigation";
import { after } from "next/server";
import { z } from "zod";
import { publicAction, publicForm } from "@/app/_server/action";
import { arrive, letIn } from "@/app/_server/arrive";
import { dropHalf, dropSession, halfSignIn } from "@/app/_server/auth";
import { ownKey, passkeyParty, relyingParty } from "@/app/_server/factors";
import { faultWords } from "@/app/_server/log";
import { signInByPassword } from "@/domain/person/begin";
import { countForgotten, mailForgotten } from "@/domain/person/forgotten";
import { finishHalf } from "@/domain/person/half-sign-in";
import { askPasskey } from "@/domain/person/passkey";
import { forgotten, passkeySigned, secondFactor, signIn as signInFields } from "@/domain/person/schema";
import { askForSignIn, proveFactor, signInByPasskey } from "@/domain/person/second-factor";
import { Refusal } from "@/lib/errors";

export const signIn = publicForm("sign-in", signInFields, async ({ db, visitor, now }, given) =>
  arrive(await signInByPassword(db, given, visitor, now), given.next),
);

export const signOut = publicForm("sign-out", z.strictObject({}), async () => {
  await dropSession();
  await dropHalf();
  redirect("/sign-in");
});

const tooLate = "This sign-in took too long. Begin again with your password.";
const passkeyAnswer = z.strictObject({ response: passkeySigned, next: z.string().max(2000).optional() });
const nothing = z.strictObject({});

/** A code of the app, or a recovery code. */
export const finishByCode = publicForm("second-factor", secondFactor, async ({ db, visitor, now }, { code, next }) => {
  const half = await halfSignIn();
  if (!half) throw new Refusal(tooLate);
  const own = { key: await ownKey(), party: relyingParty() };
  const proving = { personId: half.personId, token: half.token, purpose: "second-factor" } as const;
  const method = await proveFactor(db, own, proving, { by: "code", code }, visitor, now);
  redirect(await letIn(await finishHalf(db, half, visitor, now, method), next));
});

export const askSecondPasskey = publicAction("second-passkey-ask", nothing, async ({ db, now }) => {
  const half = await halfSignIn();
  if (!half) throw new Refusal(tooLate);
  return askPasskey(db, passkeyParty(), "second-factor", half.personId, now);
});

export const finishByPasskey = publicAction(
  "second-passkey",
  passkeyAnswer,
  async ({ db, visitor, now }, { response, next }) => {
    const half = await halfSignIn();
    if (!half) throw new Refusal(tooLate);
    const own = { key: await ownKey(), party: relyingParty() };
    const proving = { personId: half.personId, token: half.token, purpose: "second-factor" } as const;
    await proveFactor(db, own, proving, { by: "passkey", response }, visitor, now);
    return { to: await letIn(await finishHalf(db, half, visitor, now, "passkey"), next) };
  },
);

/** Without e-mail and password: whoever the passkey says it is. */
export const askAnyPasskey = publicAction("passkey-ask", nothing, ({ db, visitor, now }) =>
  askForSignIn(db, passkeyParty(), visitor, now),
);

export const enterByPasskey = publicAction(
  "passkey-sign-in",
  passkeyAnswer,
  async ({ db, visitor, now }, { response, next }) => ({
    to: await letIn(await signInByPasskey(db, passkeyParty(), response, visitor, now), next),
  }),
);

/** Says the same whoever it is, in the same time: what there is to do is done after the answer. */
export const askForLink = publicForm("forgotten", forgotten, async ({ db, visitor, now }, { email }) => {
  await countForgotten(db, email, visitor, now);
  after(() => mailForgotten(db, email).catch((error: unknown) => void faultWords(error, "forgotten password")));
  return { email };
});
