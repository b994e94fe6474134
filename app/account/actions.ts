// What everybody does to their own account.
"use server";
import { revalidatePath } from "next/cache";
import { z } from "zod";
import { accountAction } from "@/app/_server/action";
import { dropSession } from "@/app/_server/auth";
import { ownKey, passkeyParty, relyingParty } from "@/app/_server/factors";
import { changeOwnPassword, markFresh, proveOwnPassword } from "@/domain/person/confirm";
import { endOwnSession, endOwnSessions } from "@/domain/person/own-sessions";
import * as passkeys from "@/domain/person/passkey";
import { code, passkeyMade, passkeyName, passwordChange, proof } from "@/domain/person/schema";
import * as factors from "@/domain/person/second-factor";
import { Refusal } from "@/lib/errors";

const nothing = z.strictObject({});

/** The question to a passkey of the person, for `proveAgain`. */
export const askToProve = accountAction(
  "prove-ask",
  nothing,
  ({ db, person, now }) => passkeys.askPasskey(db, passkeyParty(), "prove", person.personId, now),
  { enrolling: true },
);

/** Makes this session fresh; the page then repeats what it was asked for. Who has a second factor proves that. */
export const proveAgain = accountAction(
  "prove",
  proof,
  async ({ db, person, token, visitor, now }, given) => {
    if (given.by === "password") {
      if (person.factors.code || person.factors.passkeys > 0)
        throw new Refusal("You have a second factor: prove that instead of the password.");
      await proveOwnPassword(db, person, given.password, visitor, now);
    } else {
      const own = { key: await ownKey(), party: relyingParty() };
      const proving = { personId: person.personId, token, purpose: "prove" } as const;
      await factors.proveFactor(db, own, proving, given, visitor, now);
    }
    await markFresh(db, person.sessionId, now);
  },
  { enrolling: true },
);

export const changePassword = accountAction(
  "password",
  passwordChange,
  async ({ db, person, visitor, now }, given) => {
    const ended = await changeOwnPassword(db, person, given, visitor, now);
    revalidatePath("/account");
    return { ended };
  },
  // The present password, which it takes, is proof enough for who has nothing else.
  { fresh: ({ person }) => person.factors.code || person.factors.passkeys > 0 },
);

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

export const offerApp = accountAction(
  "app-offer",
  z.strictObject({ what: z.literal("app", "What is offered: an app.") }),
  async ({ db, person }) => factors.offerApp(db, await ownKey(), person),
  { fresh: true, enrolling: true },
);

/**
 * What was offered to a fresh sign-in, and only that, is taken: the first code proves who scanned it. What answers recovery
 * codes shows no page anew: the page that set up a factor would lead on, and take them off the screen.
 */
export const addApp = accountAction(
  "app-add",
  z.strictObject({ code }),
  async ({ db, person, token, visitor, now }, given) =>
    factors.addApp(db, await ownKey(), { person, token }, given.code, visitor, now),
  { enrolling: true },
);

export const offerPasskey = accountAction(
  "passkey-offer",
  nothing,
  ({ db, person, now }) => passkeys.offerPasskey(db, passkeyParty(), person, now),
  { fresh: true, enrolling: true },
);

/** Answers a question that only a fresh sign-in got. */
export const addPasskey = accountAction(
  "passkey-add",
  z.strictObject({ name: passkeyName, response: passkeyMade }),
  ({ db, person, now }, given) => factors.addPasskey(db, passkeyParty(), person, given, now),
  { enrolling: true },
);

export const removeFactor = accountAction(
  "factor-remove",
  z.discriminatedUnion("what", [
    z.strictObject({ what: z.literal("app") }),
    z.strictObject({ what: z.literal("passkey"), id: z.uuid() }),
  ]),
  async ({ db, person }, removal) => {
    await factors.removeFactor(db, person, removal);
    revalidatePath("/account");
  },
  { fresh: true },
);

export const newRecoveryCodes = accountAction(
  "recovery-codes",
  nothing,
  async ({ db, person }) => ({ recoveryCodes: await factors.renewRecoveryCodes(db, person) }),
  { fresh: true },
);
