// Who may call what: every action, route and page of the build, for every role and for another company. The lists come from
// the code and the expectations from the table of grants, so that a new action is in here without anybody's doing.
import { type Grant, may, type PlatformGrant, platformMay, type Role } from "@/domain/access";
import { pageDoors, routeDoors } from "../test/doors";
import { type BuiltAction, builtActions, type Caller, callAction, fill, get, type Said } from "./calls";
import { type Company, expect, password, test } from "./fixtures";
import { foreignCompany, rowsOf } from "./foreign";
import type { Owner } from "./owner";
import { valuesFor } from "./values";

interface Who {
  name: string;
  caller: Caller;
  /** in the company that is asked for */
  role: Role | null;
  platformRole: Role | null;
}

async function everybody(url: string, owner: Owner, company: Company): Promise<Who[]> {
  const other = await owner.makeCompany(`o${company.slug}`, password);
  const of = async (name: string, email: string | null, role: Role | null, platformRole: Role | null = null) => ({
    name,
    caller: { url, cookie: email ? await owner.cookieOf(email) : null },
    role,
    platformRole,
  });
  const platform = async (role: Role) =>
    of(`platform ${role}`, await owner.makePlatformPerson(role, password), role, role);
  return [
    await of("nobody", null, null),
    await of("viewer", company.person("viewer"), "viewer"),
    await of("operator", company.person("operator"), "operator"),
    await of("admin", company.person("admin"), "admin"),
    await of("admin of another company", other.person("admin"), null),
    await platform("viewer"),
    await platform("operator"),
    await platform("admin"),
  ];
}

const sentences = {
  "signed out": /^You are signed out/,
  "no such tenant": /^There is no such tenant, or/,
  "role too low": /^Your role can't do this/,
};
const origin = /did not come from a page of Mailferry/;

/** "let in" when the door opened, whatever came of it behind the door */
function outcome(message: string | undefined): string {
  const refused = Object.entries(sentences).find(([, sentence]) => sentence.test(message ?? ""));
  return refused?.[0] ?? "let in";
}

function expected({ caller, role, platformRole }: Who, { kind, grant }: BuiltAction): string {
  if (!caller.cookie) return "signed out";
  if (kind === "account") return "let in";
  if (kind === "platform") return platformMay(platformRole, grant as PlatformGrant) ? "let in" : "role too low";
  if (role === null) return "no such tenant";
  return may(role, grant as Grant) ? "let in" : "role too low";
}

const guarded = () => builtActions().filter(({ kind }) => kind !== "public");
const argsOf = ({ kind }: BuiltAction, slug: string, input: unknown) => (kind === "tenant" ? [slug, input] : [input]);
const label = ({ file, name }: BuiltAction) => `${file} ${name}`;

test("every action lets in exactly whom the table of grants names", async ({ url, owner, company }) => {
  const people = await everybody(url, owner, company);
  expect(guarded().length).toBeGreaterThan(20);
  for (const action of guarded()) {
    const path = fill(action.page, { tenant: company.slug, slug: company.slug });
    const seen = await Promise.all(
      people.map(async (who) => {
        const said = await callAction(who.caller, action, path, argsOf(action, company.slug, {}));
        expect(said.answer?.message ?? "", `${label(action)}: a fault for ${who.name}`).not.toContain(
          "Something failed",
        );
        return [who.name, said.answer ? outcome(said.answer.message) : `status ${said.status}`];
      }),
    );
    expect(Object.fromEntries(seen), label(action)).toEqual(
      Object.fromEntries(people.map((who) => [who.name, expected(who, action)])),
    );
  }
});

/** Which of several shapes of input it is: without that nothing can be said of the other keys. */
const choices: Record<string, object> = { proveAgain: { by: "password" }, removeFactor: { what: "app" } };

test("every action refuses a missing or a foreign Origin and what it does not know", async ({
  url,
  owner,
  company,
}) => {
  const admin = { url, cookie: await owner.cookieOf(company.person("admin")) };
  const platformAdmin = { url, cookie: await owner.cookieOf(await owner.makePlatformPerson("admin", password)) };
  for (const action of builtActions()) {
    const caller = action.kind === "platform" ? platformAdmin : admin;
    const path = fill(action.page, { tenant: company.slug, slug: company.slug });
    const args = action.kind === "public" ? [null, {}] : argsOf(action, company.slug, {});
    const missing = await callAction(caller, action, path, args, null);
    expect(missing.answer, `${label(action)} without Origin`).toMatchObject({
      ok: false,
      message: expect.stringMatching(origin),
    });
    for (const foreign of ["https://evil.example", "null", `${url}.evil.example`]) {
      const said = await callAction(caller, action, path, args, foreign);
      expect(
        said.answer?.ok === true || (said.status < 400 && !origin.test(said.answer?.message ?? "")),
        `${label(action)} from ${foreign}`,
      ).toBe(false);
    }
    if (action.kind === "public") continue;
    const known = choices[action.name] ?? {};
    const unknown = await callAction(caller, action, path, argsOf(action, company.slug, { ...known, unheardOf: 1 }));
    expect(unknown.answer?.message, `${label(action)} with an unknown key`).toContain("does not know (unheardOf)");
  }
});

test("another company's ids find what no id finds, by every action", async ({
  url,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const theirs = await foreignCompany(owner, company, pop3, exchange);
  const admin = { url, cookie: await owner.cookieOf(company.person("admin")) };
  const before = await rowsOf(owner, theirs.tenantId);
  const taking: string[] = [];
  for (const action of guarded().filter(({ kind }) => kind === "tenant")) {
    const path = fill(action.page, { tenant: company.slug });
    const say = async (input: unknown) => (await callAction(admin, action, path, [company.slug, input])).answer;
    const none = crypto.randomUUID();
    const asked = fieldsOf(await say({}), valuesFor(none, company), label(action));
    if (!asked.some((field) => JSON.stringify(valuesFor(none, company)[field]).includes(none))) continue;
    taking.push(label(action));
    const byNone = plain(await sayWhole(say, valuesFor(none, company), label(action)), none);
    for (const [kind, id] of Object.entries(theirs.ids)) {
      const byTheirs = plain(await sayWhole(say, valuesFor(id, company), label(action)), id);
      expect(byTheirs, `${label(action)} with the id of another company's ${kind}`).toEqual(byNone);
    }
    expect(await rowsOf(owner, theirs.tenantId), `${label(action)} changed another company's rows`).toEqual(before);
  }
  expect(taking.length).toBeGreaterThan(10);
});

/** Answers may repeat the id and tell the time. */
const plain = (answer: Said["answer"], id: string): string =>
  JSON.stringify(answer)
    .replaceAll(id, "ID")
    .replace(/"until":\d+/g, '"until":0');

/** The fields at the top that an answer asks for; each must be known, so that no action slips through with one that isn't. */
function fieldsOf(answer: Said["answer"], values: Record<string, unknown>, action: string): string[] {
  const asked = Object.keys(answer?.fields ?? {}).map((field) => field.split(".")[0] ?? "");
  const unknown = asked.filter((field) => !(field in values));
  if (unknown.length > 0) throw new Error(`e2e/values.ts needs a value for ${unknown.join(", ")} of ${action}`);
  return asked;
}

/** Answers the fields that an action asks for until it asks for no more: its last answer. */
async function sayWhole(
  say: (input: Record<string, unknown>) => Promise<Said["answer"]>,
  values: Record<string, unknown>,
  action: string,
): Promise<Said["answer"]> {
  const input: Record<string, unknown> = {};
  for (;;) {
    const answer = await say(input);
    const missing = fieldsOf(answer, values, action);
    if (missing.every((field) => field in input)) return answer;
    for (const field of missing) input[field] = values[field];
  }
}

test("every route answers 401, 404 and 403 as its door says", async ({ url, owner, company, pop3, exchange }) => {
  const theirs = await foreignCompany(owner, company, pop3, exchange);
  const people = await everybody(url, owner, company);
  const routes = routeDoors().flatMap((route) =>
    route.door === "tenant" ? [{ ...route, grant: route.grant as Grant }] : [],
  );
  expect(routes.length).toBeGreaterThan(0);
  for (const { path, method, grant } of routes) {
    for (const { name, caller, role } of people) {
      const headers: Record<string, string> = caller.cookie
        ? { cookie: `${caller.cookie.name}=${caller.cookie.value}`, origin: url }
        : { origin: url };
      const ask = (ids: Record<string, string>, extra = {}) =>
        fetch(`${url}${fill(path, ids)}`, {
          method,
          headers: { ...headers, ...extra },
          redirect: "manual",
          signal: AbortSignal.timeout(10_000),
        });
      const { status, body } = await ask({ tenant: company.slug });
      await body?.cancel();
      const where = `${method} ${path} as ${name}`;
      if (!caller.cookie) expect(status, where).toBe(401);
      else if (role === null) expect(status, where).toBe(404);
      else if (!may(role, grant)) expect(status, where).toBe(403);
      else expect([401, 403], where).not.toContain(status);
      if (role !== "admin") continue;
      for (const id of path.includes("[id]") ? Object.values(theirs.ids) : [])
        expect((await ask({ tenant: company.slug, id })).status, `${where}: another company's ${id}`).toBe(404);
      if (method !== "GET")
        expect((await ask({ tenant: company.slug }, { origin: "https://evil.example" })).status, where).toBe(403);
    }
  }
});

test("routes that everybody signed in may ask let in nobody else", async ({ url, owner, company }) => {
  const people = await everybody(url, owner, company);
  const routes = routeDoors().filter(({ door }) => door === "person");
  expect(routes.map(({ path, method }) => `${method} ${path}`)).toEqual(["GET /api/find", "GET /api/live"]);
  for (const { path } of routes)
    for (const { name, caller } of people) {
      const answer = await get(caller, path);
      expect(answer.status, `${path} as ${name}`).toBe(caller.cookie ? 200 : 401);
      await answer.body?.cancel();
    }
});

test("the platform's routes let in whom the table names, and to others there is none", async ({
  url,
  owner,
  company,
}) => {
  const people = await everybody(url, owner, company);
  const routes = routeDoors().filter(({ door }) => door === "platform");
  expect(routes.map(({ path, method }) => `${method} ${path}`)).toEqual(["GET /api/audit"]);
  for (const { path, grant } of routes)
    for (const { name, caller, platformRole } of people) {
      const answer = await get(caller, path);
      const may = platformMay(platformRole, grant as PlatformGrant);
      const expected = !caller.cookie ? 401 : platformRole === null ? 404 : may ? 200 : 403;
      expect(answer.status, `${path} as ${name}`).toBe(expected);
      expect(answer.headers.get("cache-control"), path).toContain("no-store");
      await answer.body?.cancel();
    }
});

test("every page shows itself to whom the table names, and another company's looks like none", async ({
  url,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const theirs = await foreignCompany(owner, company, pop3, exchange);
  const people = await everybody(url, owner, company);
  for (const { path, door, grant } of pageDoors().filter((page) => page.door !== "open")) {
    const concrete = !/\[(id|\.\.\.rest)\]/.test(path);
    const address = fill(path, { tenant: company.slug, slug: company.slug });
    for (const { name, caller, role, platformRole } of people) {
      const response = await get(caller, address);
      const where = `${path} as ${name}`;
      const to = response.headers.get("location") ?? "";
      const allowed =
        door === "tenant"
          ? role !== null && may(role, grant as Grant)
          : platformMay(platformRole, grant as PlatformGrant);
      const known = door === "tenant" ? role !== null : platformRole !== null;
      if (!caller.cookie) expect(`${response.status} ${to}`, where).toMatch(/^307 .*\/sign-in\?next=/);
      else if (door === "signed-in") expect([200, 307], where).toContain(response.status);
      else if (!known) expect(response.status, where).toBe(404);
      else if (!allowed) expect(response.status, where).toBe(403);
      else expect(response.status, where).toBe(concrete ? 200 : 404);
      expect(response.headers.get("cache-control"), where).toContain("no-store");
    }
  }
  const admin = { url, cookie: await owner.cookieOf(company.person("admin")) };
  const body = async (path: string) => {
    const response = await get(admin, path);
    const text = await response.text();
    return { status: response.status, words: /<main[\s\S]*<\/main>/.exec(text)?.[0] ?? text.length };
  };
  const inside = pageDoors().filter(({ path }) => path.startsWith("/t/[tenant]"));
  for (const { path } of inside) {
    const other = await body(fill(path, { tenant: theirs.company.slug, ...theirs.ids }));
    expect(other.status, path).toBe(404);
    expect(other.status, path).toBe((await body(fill(path, { tenant: "no-such-company", ...theirs.ids }))).status);
    if (!path.includes("[id]")) continue;
    for (const id of Object.values(theirs.ids))
      expect(await body(fill(path, { tenant: company.slug, id })), path).toEqual(
        await body(fill(path, { tenant: company.slug })),
      );
  }
});

test("a changed role and a disabled person act at once on the cookie they hold", async ({ url, owner, company }) => {
  const email = company.person("operator");
  const operator = { url, cookie: await owner.cookieOf(email) };
  const { id } = await owner.db.prisma.person.findUniqueOrThrow({ where: { email } });
  const action = builtActions().find(({ name, file }) => name === "tryAllNow" && file.includes("/exchange/"));
  if (!action) throw new Error("the build lacks tryAllNow");
  const path = fill(action.page, { tenant: company.slug });
  const said = async () => outcome((await callAction(operator, action, path, [company.slug, {}])).answer?.message);
  expect(await said()).toBe("let in");
  await owner.db.prisma.membership.updateMany({ where: { personId: id }, data: { role: "viewer" } });
  expect(await said()).toBe("role too low");
  await owner.db.prisma.membership.deleteMany({ where: { personId: id } });
  expect(await said()).toBe("no such tenant");
  await owner.db.prisma.person.update({ where: { id }, data: { disabledAt: new Date() } });
  expect(await said()).toBe("signed out");
  expect((await get(operator, `/t/${company.slug}`)).status).toBe(307);
});
