// next-auth with e-mail and password. The JWT holds a random session token and nothing else; who that is, is asked of the
// session's row on every request. A broken configuration fails closed: no secret, no session.
import { cookies } from "next/headers";
import type { NextAuthOptions } from "next-auth";
import { decode, encode } from "next-auth/jwt";
import CredentialsProvider from "next-auth/providers/credentials";
import { cache } from "react";
import { z } from "zod";
import { signInByPassword } from "@/domain/person/begin";
import { type HalfSignIn, readHalf } from "@/domain/person/half-sign-in";
import { signIn as signInFields } from "@/domain/person/schema";
import { endSession, type Person, readSession, sessionDays, type Visitor } from "@/domain/person/session";
import { isToken } from "@/domain/person/token";
import { portalDb } from "@/domain/platform/database";
import { webEnv } from "@/lib/env";
import { Refusal } from "@/lib/errors";

const maxAge = sessionDays * 86_400;

export function authSecret(): string {
  const secret = process.env.NEXTAUTH_SECRET;
  if (!secret)
    throw new Error("NEXTAUTH_SECRET is not set: nobody can sign in. Start Mailferry with npm start or npm run web.");
  return secret;
}

const secure = () => webEnv().url.startsWith("https:");
const cookieName = () => (secure() ? "__Host-mailferry-session" : "mailferry-session");
const cookieOptions = () => ({ httpOnly: true, sameSite: "lax" as const, path: "/", secure: secure() });

/** Exactly this, or it is no session of ours. */
const claims = z.object({ session: z.string().refine(isToken) });

export function authOptions(visitor: Visitor): NextAuthOptions {
  return {
    secret: authSecret(),
    session: { strategy: "jwt", maxAge },
    pages: { signIn: "/sign-in", error: "/sign-in" },
    useSecureCookies: secure(),
    cookies: { sessionToken: { name: cookieName(), options: cookieOptions() } },
    providers: [
      CredentialsProvider({
        name: "Email",
        credentials: { email: { label: "Email", type: "email" }, password: { label: "Password", type: "password" } },
        authorize: async (given) => {
          const parsed = signInFields.safeParse({ email: given?.email ?? "", password: given?.password ?? "" });
          if (!parsed.success) return null;
          try {
            const begun = await signInByPassword(portalDb(), parsed.data, visitor, new Date());
            // Their address has no place to ask for a code.
            if (begun.kind === "second-factor") throw new Refusal("Sign in on the page: a second factor is asked for.");
            return { id: begun.token };
          } catch (error) {
            if (error instanceof Refusal) throw new Error(error.message);
            throw error;
          }
        },
      }),
    ],
    callbacks: {
      jwt: ({ token, user }) => ({ session: user ? user.id : token.session }),
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      signOut: async ({ token }) => {
        const parsed = claims.safeParse(token);
        if (parsed.success) await endSession(portalDb(), parsed.data.session);
      },
    },
  };
}

/** The token of this request's cookie, or null for anything that isn't exactly one of ours. */
export const sessionToken = cache(async (): Promise<string | null> => {
  const secret = authSecret();
  const cookie = (await cookies()).get(cookieName())?.value;
  if (!cookie) return null;
  const decoded = await decode({ token: cookie, secret }).catch(() => null);
  const parsed = claims.safeParse(decoded);
  return parsed.success ? parsed.data.session : null;
});

/** Who holds this session, read from its row once per request, also where a second factor has to be set up first. */
const holder = cache(async (): Promise<Person | null> => {
  const token = await sessionToken();
  return token ? readSession(portalDb(), token) : null;
});

/** Who is here; null when nobody, or nobody who may do anything yet. */
export async function person(): Promise<Person | null> {
  const who = await holder();
  return who && !who.needsFactor ? who : null;
}

/** Somebody whose role needs a second factor that they haven't: may set one up, and nothing else. */
export async function enrolling(): Promise<Person | null> {
  const who = await holder();
  return who?.needsFactor ? who : null;
}

/** Puts a session into the cookie, in next-auth's own form. */
export async function giveSession(token: string): Promise<void> {
  const value = await encode({ token: { session: token }, secret: authSecret(), maxAge });
  (await cookies()).set(cookieName(), value, { ...cookieOptions(), maxAge });
}

const halfName = () => (secure() ? "__Host-mailferry-sign-in" : "mailferry-sign-in");

/** A sign-in that waits for its second factor: a cookie of its own, that no door takes for a session. */
export async function giveHalf(token: string): Promise<void> {
  (await cookies()).set(halfName(), token, { ...cookieOptions(), maxAge: 600 });
}

export async function halfSignIn(): Promise<HalfSignIn | null> {
  const token = (await cookies()).get(halfName())?.value;
  return token ? readHalf(portalDb(), token, new Date()) : null;
}

export async function dropHalf(): Promise<void> {
  (await cookies()).set(halfName(), "", { ...cookieOptions(), maxAge: 0 });
}

export async function dropSession(): Promise<void> {
  const token = await sessionToken();
  if (token) await endSession(portalDb(), token);
  (await cookies()).set(cookieName(), "", { ...cookieOptions(), maxAge: 0 });
}
