// The scope door: who is here, for which tenant, with which role. Every page and route handler comes through it, and
// nothing rests on proxy.ts. The only place of the portal that mints a TenantScope.
import { headers } from "next/headers";
import { forbidden, notFound, redirect, unstable_rethrow } from "next/navigation";
import { cache } from "react";
import { ZodError } from "zod";
import { type Grant, may, type PlatformGrant, platformMay, type Role } from "@/domain/access";
import type { Person, Visitor } from "@/domain/person/session";
import { portalDb } from "@/domain/platform/database";
import type { PlatformScope } from "@/domain/platform/scope";
import type { TenantScope } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { closedToMember } from "@/domain/tenant/store-platform";
import { actorOf, enter, type TenantView } from "@/domain/tenant/view";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import { enrolling, person, sessionToken } from "./auth";
import { faultWords } from "./log";
import { ownPath } from "./own-path";
import { isOwnOrigin, visitorOf } from "./peer";

export type { TenantView } from "@/domain/tenant/view";
export { sessionToken } from "./auth";

export interface TenantDoor {
  scope: TenantScope;
  person: Person;
  role: Role;
  tenant: TenantView;
  now: Date;
}

export interface PlatformDoor {
  scope: PlatformScope;
  person: Person;
  now: Date;
}

/** To a person's own account. */
export interface AccountDoor {
  db: Db;
  person: Person;
  /** the session's */
  token: string;
  visitor: Visitor;
  now: Date;
}

/** Null: nobody is signed in. `door: null`: somebody is, who may not be here (or there is no such tenant). */
export const tryTenant = cache(async (slug: string): Promise<{ door: TenantDoor | null } | null> => {
  const [who, token] = [await person(), await sessionToken()];
  if (!who || !token) return null;
  const entered = await enter(portalDb(), token, slug);
  if (!entered) return { door: null };
  const scope = mintScope(portalDb(), entered.tenant.id, actorOf(who));
  return { door: { scope, person: who, role: entered.role, tenant: entered.tenant, now: new Date() } };
});

/**
 * For pages. Nobody: to the sign-in. Not theirs, or none: not found. Theirs and closed: to the list, which says so. Theirs
 * without the grant: "your role can't see this".
 */
export async function enterTenant(slug: string, grant: Grant): Promise<TenantDoor> {
  const tried = await tryTenant(slug);
  if (!tried) return toSignIn(`/t/${slug}`);
  if (!tried.door) {
    if (await closedToMe(slug)) redirect("/tenants");
    notFound();
  }
  if (!may(tried.door.role, grant)) forbidden();
  return tried.door;
}

export async function tryPlatform(): Promise<PlatformDoor | null> {
  const who = await person();
  if (!who) return null;
  const scope = { db: portalDb(), personId: who.personId, name: who.name, role: who.platformRole ?? "viewer" } as const;
  return { scope, person: who, now: new Date() };
}

/** `alsoEnrolling`: lets in who has to set up a second factor first. */
export async function tryAccount(alsoEnrolling = false): Promise<AccountDoor | null> {
  const [who, token] = [(await person()) ?? (alsoEnrolling ? await enrolling() : null), await sessionToken()];
  if (!who || !token) return null;
  return { db: portalDb(), person: who, token, visitor: visitorOf(await headers()), now: new Date() };
}

/** Whether it is a closed tenant that the person is a member of: to everybody else it looks as if there were none. */
export async function closedToMe(slug: string): Promise<boolean> {
  return closedToMember(portalDb(), (await sessionToken()) ?? "", slug);
}

/** For the platform's pages: a person without a platform role finds nothing there. */
export async function enterPlatform(grant: PlatformGrant): Promise<PlatformDoor> {
  const door = await tryPlatform();
  if (!door) return toSignIn("/tenants");
  if (!door.person.platformRole) notFound();
  if (!platformMay(door.person.platformRole, grant)) forbidden();
  return door;
}

/** For pages that everybody signed in may see. */
export async function enterSignedIn(next: string): Promise<{ person: Person; token: string }> {
  const [who, token] = [await person(), await sessionToken()];
  if (!who || !token) return toSignIn(next);
  return { person: who, token };
}

/** Back to the very page after the sign-in, where proxy.ts told which it was. */
async function toSignIn(fallback: string): Promise<never> {
  const next = ownPath((await headers()).get("x-mailferry-path") ?? fallback);
  if (await enrolling()) redirect(`/sign-in/set-up?next=${encodeURIComponent(next)}`);
  redirect(`/sign-in?next=${encodeURIComponent(next)}`);
}

const json = (status: number, message: string) =>
  Response.json({ ok: false, message }, { status, headers: { "cache-control": "no-store" } });

interface PersonDoor {
  person: Person;
  /** the session's */
  token: string;
}

/** For route handlers that everybody signed in may ask, each for what is theirs. 401: nobody. Reading only. */
export function personRoute(
  handler: (door: PersonDoor, request: Request) => Promise<Response>,
): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      const [who, token] = [await person(), await sessionToken()];
      if (!who || !token) return json(401, "Sign in first.");
      const response = await handler({ person: who, token }, request);
      if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
      return response;
    } catch (error) {
      unstable_rethrow(error);
      return json(500, faultWords(error, "route of a person"));
    }
  };
}

/** For the platform's route handlers. 401 nobody, 404 without a platform role, 403 without the grant. Reading only. */
export const platformRoute = (
  grant: PlatformGrant,
  handler: (door: PlatformDoor & PersonDoor, request: Request) => Promise<Response>,
) =>
  personRoute(async ({ token }, request) => {
    const door = await tryPlatform();
    if (!door?.person.platformRole) return json(404, "There is nothing here.");
    if (!platformMay(door.person.platformRole, grant))
      return json(403, "Your role can't do this. Ask a platform administrator.");
    return handler({ ...door, token }, request);
  });

type Params = Record<string, string | string[] | undefined>;
type RouteContext = { params: Promise<Params> };

/**
 * For route handlers below /t/[tenant] or /api/…/[tenant]: the parameter `tenant` is the short name.
 * 401 nobody, 404 not theirs or none, 403 without the grant; anything but GET and HEAD must come from a page of ours.
 */
export function tenantRoute<P extends Params = Params>(
  grant: Grant,
  handler: (door: TenantDoor, request: Request, params: P) => Promise<Response>,
) {
  return async (request: Request, context: RouteContext): Promise<Response> => {
    try {
      if (!["GET", "HEAD"].includes(request.method) && !isOwnOrigin(request.headers))
        return json(403, "This request did not come from a page of Mailferry.");
      const params = await context.params;
      const tried = await tryTenant(typeof params.tenant === "string" ? params.tenant : "");
      if (!tried)
        return json(
          401,
          (await enrolling())
            ? "Your role or a company of yours needs a second factor: set one up first."
            : "Sign in first.",
        );
      if (!tried.door) return json(404, "There is nothing here.");
      if (!may(tried.door.role, grant))
        return json(403, "Your role can't do this. Ask an administrator of this tenant.");
      // The folder's name says which parameters there are; Next has matched them.
      const response = await handler(tried.door, request, params as P);
      if (!response.headers.has("cache-control")) response.headers.set("cache-control", "no-store");
      return response;
    } catch (error) {
      unstable_rethrow(error);
      if (error instanceof Refusal) return json(409, error.message);
      if (error instanceof ZodError) return json(400, error.issues[0]?.message ?? "The request is not complete.");
      return json(500, faultWords(error, `route ${grant}`));
    }
  };
}
