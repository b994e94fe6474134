// The doors of server actions. A file with "use server" exports what a door returns, and nothing else:
//   export const saveExchange = tenantAction("exchange.edit", exchangeEdit, ({ scope }, edit) => save(scope, edit));
// Next takes that: each export is an async function at run time. The page calls saveExchange(slug, input).
// The door checks Origin, session row, membership and grant itself, refuses unknown keys (schemas are strict), runs the
// verb and translates: refusals are shown, faults are logged, the answer is a union.
import { headers } from "next/headers";
import { unstable_rethrow } from "next/navigation";
import { ZodError, type z } from "zod";
import { type Grant, may, type PlatformGrant, platformMay } from "@/domain/access";
import { changed } from "@/domain/live/changed";
import { topics } from "@/domain/live/topics";
import { freshMinutes, isFresh, type Prove } from "@/domain/person/fresh";
import type { Person, Visitor } from "@/domain/person/session";
import { portalDb } from "@/domain/platform/database";
import type { Db } from "@/lib/db";
import { Conflict, Refusal } from "@/lib/errors";
import type { Answer } from "./answer";
import { enrolling } from "./auth";
import { faultWords } from "./log";
import { isOwnOrigin, visitorOf } from "./peer";
import {
  type AccountDoor,
  closedToMe,
  type PlatformDoor,
  type TenantDoor,
  tryAccount,
  tryPlatform,
  tryTenant,
} from "./scope";

export type { Answer } from "./answer";

const signedOut = "You are signed out. Sign in again in another tab, then come back and repeat this.";
const factorFirst = "Your role or a company of yours needs a second factor. Set one up first: reload the page.";
const nobodyWords = async () => ((await enrolling()) ? factorFirst : signedOut);
const closedWords = "This tenant is closed, so nothing in it can be changed. A platform administrator can undo that.";
const roleTooLow = "Your role can't do this. Ask an administrator.";

/** Whether this asks for a fresh sign-in: hosts, secrets, second factors, and who is let in with which role, do. */
type Fresh<Door, Input> = true | ((door: Door, input: Input) => boolean | Promise<boolean>);

export function tenantAction<Schema extends z.ZodType, T>(
  grant: Grant,
  schema: Schema,
  run: (door: TenantDoor, input: z.output<Schema>) => Promise<T>,
  options: { whenClosed?: boolean; fresh?: Fresh<TenantDoor, z.output<Schema>> } = {},
) {
  return (slug: string, input: unknown): Promise<Answer<T>> =>
    answer(`tenant ${grant}`, async () => {
      const tried = await tryTenant(typeof slug === "string" ? slug : "");
      if (!tried) throw new Refusal(await nobodyWords());
      if (!tried.door)
        throw new Refusal(
          (await closedToMe(slug)) ? closedWords : "There is no such tenant, or you are not a member of it.",
        );
      if (!may(tried.door.role, grant)) throw new Refusal(roleTooLow);
      if (tried.door.tenant.state === "closed" && !options.whenClosed) throw new Refusal(closedWords);
      const parsed = schema.parse(input);
      await requireFresh(tried.door, parsed, options.fresh);
      const done = await run(tried.door, parsed);
      if (!onlyReads(grant)) for (const topic of topics) changed(portalDb(), tried.door.tenant.id, topic);
      return done;
    });
}

/** Pages ask such actions again and again: they are no news. */
const onlyReads = (grant: Grant) => grant.endsWith(".read") || grant === "message.body";

/** `reads`: it changes nothing, so it is no news for open pages. */
export function platformAction<Schema extends z.ZodType, T>(
  grant: PlatformGrant,
  schema: Schema,
  run: (door: PlatformDoor, input: z.output<Schema>) => Promise<T>,
  options: { fresh?: Fresh<PlatformDoor, z.output<Schema>>; reads?: true } = {},
) {
  return (input: unknown): Promise<Answer<T>> =>
    answer(`platform ${grant}`, async () => {
      const door = await tryPlatform();
      if (!door) throw new Refusal(await nobodyWords());
      if (!platformMay(door.person.platformRole, grant)) throw new Refusal(roleTooLow);
      const parsed = schema.parse(input);
      await requireFresh(door, parsed, options.fresh);
      const done = await run(door, parsed);
      if (!options.reads) changed(portalDb(), null, "settings");
      return done;
    });
}

/** What everybody who is signed in does to their own account, and to nobody else's. */
export function accountAction<Schema extends z.ZodType, T>(
  name: string,
  schema: Schema,
  run: (door: AccountDoor, input: z.output<Schema>) => Promise<T>,
  options: { fresh?: Fresh<AccountDoor, z.output<Schema>>; enrolling?: boolean } = {},
) {
  return (input: unknown): Promise<Answer<T>> =>
    answer(`account ${name}`, async () => {
      const door = await tryAccount(options.enrolling);
      if (!door) throw new Refusal(await nobodyWords());
      const parsed = schema.parse(input);
      await requireFresh(door, parsed, options.fresh);
      return run(door, parsed);
    });
}

/** Nothing was done yet: the page asks for a proof, and sends the same again. */
class NotFresh extends Error {
  constructor(readonly prove: Prove) {
    super("not fresh");
  }
}

async function requireFresh<Door extends { person: Person; now: Date }, Input>(
  door: Door,
  input: Input,
  rule: Fresh<Door, Input> | undefined,
): Promise<void> {
  if (!rule || isFresh(door.person.confirmedAt, door.now)) return;
  if (rule === true || (await rule(door, input))) throw new NotFresh(proveOf(door.person));
}

/** Who has a second factor proves it; a password alone may have been seen. */
function proveOf({ email, factors }: Person): Prove {
  const ways: Prove["ways"] = [
    ...(factors.passkeys > 0 ? (["passkey"] as const) : []),
    ...(factors.code || factors.passkeys > 0 ? (["code"] as const) : []),
  ];
  return { ways: ways.length > 0 ? ways : ["password"], email };
}

export interface PublicDoor {
  db: Db;
  visitor: Visitor;
  now: Date;
}

/** The same for what a script on the page calls: passkeys. */
export function publicAction<Schema extends z.ZodType, T>(
  name: string,
  schema: Schema,
  run: (door: PublicDoor, input: z.output<Schema>) => Promise<T>,
) {
  return (input: unknown): Promise<Answer<T>> =>
    answer(`public ${name}`, async () => {
      const door = { db: portalDb(), visitor: visitorOf(await headers()), now: new Date() };
      return run(door, schema.parse(input));
    });
}

/** For the few verbs of people who aren't signed in (or sign out). A form's action, so that it works without scripts. */
export function publicForm<Schema extends z.ZodType, T>(
  name: string,
  schema: Schema,
  run: (door: PublicDoor, input: z.output<Schema>) => Promise<T>,
) {
  return (_before: Answer<T> | null, form: FormData): Promise<Answer<T>> =>
    answer(`public ${name}`, async () => {
      const typed = [...form.entries()].filter(([key]) => !key.startsWith("$ACTION"));
      const door = { db: portalDb(), visitor: visitorOf(await headers()), now: new Date() };
      return run(door, schema.parse(Object.fromEntries(typed)));
    });
}

async function answer<T>(where: string, work: () => Promise<T>): Promise<Answer<T>> {
  try {
    if (!isOwnOrigin(await headers()))
      throw new Refusal("This request did not come from a page of Mailferry. Nothing was done.");
    return { ok: true, data: await work() };
  } catch (error) {
    unstable_rethrow(error);
    return translate(error, where);
  }
}

const staleWords = `Nothing was changed yet: you signed in more than ${freshMinutes} minutes ago, and this asks who is there.`;

function translate(error: unknown, where: string): Answer<never> {
  if (error instanceof NotFresh) return { ok: false, message: staleWords, prove: error.prove };
  if (error instanceof Conflict)
    return { ok: false, message: error.message, conflict: { by: error.by, at: error.at.toISOString() } };
  if (error instanceof Refusal)
    return { ok: false, message: error.message, ...(error.fields ? { fields: error.fields } : {}) };
  if (error instanceof ZodError) return fieldAnswer(error);
  return { ok: false, message: faultWords(error, where) };
}

/** Each field's first fault, by dotted path. */
function fieldAnswer(error: ZodError): Answer<never> {
  const fields: Record<string, string> = {};
  for (const issue of error.issues) {
    const path = issue.path.map(String).join(".");
    if (path && !(path in fields)) fields[path] = issue.message;
  }
  const unknown = error.issues.flatMap((issue) => (issue.code === "unrecognized_keys" ? issue.keys : []));
  if (unknown.length > 0)
    return {
      ok: false,
      message: `This page sent what Mailferry does not know (${unknown.join(", ").slice(0, 100)}). Reload it.`,
    };
  const loose = error.issues.find((issue) => issue.path.length === 0);
  const count = Object.keys(fields).length;
  const marked = count === 1 ? "One field needs a change." : `${count} fields need a change.`;
  return { ok: false, message: loose ? loose.message : `${marked} Nothing was saved.`, fields };
}
