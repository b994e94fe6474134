// Second factors as people use them: an app's codes, recovery codes, passkeys, and a role that needs one.
import type { Browser, Page } from "@playwright/test";
import { Secret, TOTP } from "otpauth";
import { ownerUrl, runningServer } from "../cli/postgres.mjs";
import { type StoredMail, startExchange } from "../test/servers/exchange";
import { actionNamed, builtActions, callAction, fill, get, submitForm } from "./calls";
import { enterAs, expect, password, signIn, takenOver, test } from "./fixtures";
import { type Owner, openOwner } from "./owner";
import { startMailferry, startPortal } from "./start";

/** What the app shows, `ahead` steps from now; early in a step, so that it is still good when a slow machine sends it. */
async function shows(secret: string, ahead = 0): Promise<string> {
  const secondsLeft = () => 30 - ((Date.now() / 1000) % 30);
  await expect.poll(secondsLeft, { timeout: 30_000 }).toBeGreaterThan(12);
  return new TOTP({ secret: Secret.fromBase32(secret.replace(/\s/g, "")) }).generate({
    timestamp: Date.now() + ahead * 30_000,
  });
}

async function signOut(page: Page, email: string) {
  await page.getByRole("button", { name: email }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
}

async function typePassword(page: Page, email: string, secret = password) {
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

async function ageSessions(owner: Owner, email: string) {
  const { id: personId } = await owner.db.prisma.person.findUniqueOrThrow({ where: { email } });
  await owner.db.prisma.session.updateMany({ where: { personId }, data: { confirmedAt: new Date(Date.now() - 1e6) } });
}

/** Sets an app up on the page that offers it; answers its secret and the recovery codes. */
async function setUpApp(page: Page) {
  const begin = page.getByRole("button", { name: "Set up an authenticator app" });
  await takenOver(begin);
  await begin.click();
  await expect(page.getByRole("img", { name: "QR code for the authenticator app" })).toBeVisible();
  await page.getByText("No camera? Type the secret instead").click();
  const secret = (await page.getByText(/^[A-Z2-7]{4}( [A-Z2-7]{4})+$/).textContent()) ?? "";
  await page.getByLabel("First code").fill("000000");
  await page.getByRole("button", { name: "Switch it on" }).click();
  await expect(page.getByText("This is not the code that the app shows now.")).toBeVisible();
  await page.getByLabel("First code").fill(await shows(secret, -1));
  await page.getByRole("button", { name: "Switch it on" }).click();
  const codes = page.getByRole("region", { name: "Recovery codes" }).getByRole("listitem");
  await expect(codes).toHaveCount(10);
  const recovery = await codes.allTextContents();
  await page.getByRole("button", { name: "I have kept them" }).click();
  return { secret, recovery };
}

test("somebody sets up an app, signs in with its codes, each once, and with a recovery code, and removes it", async ({
  page,
  owner,
  company,
  url,
}) => {
  test.slow();
  const email = company.person("operator");
  await enterAs(page, owner, email);
  await page.goto("/account");
  const { secret, recovery } = await setUpApp(page);
  await expect(page.getByText("set up: its code is asked for")).toBeVisible();
  await expect(page.getByText("10 left; each signs you in once")).toBeVisible();
  await signOut(page, email);
  await page.goto(`/sign-in?next=/t/${company.slug}/messages`);
  await typePassword(page, email);
  await expect(page.getByRole("heading", { name: "One more proof" })).toBeVisible();
  // The password alone opened nothing.
  await page.goto(`/t/${company.slug}`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.goto(`/sign-in/second?next=/t/${company.slug}/messages`);
  const code = page.getByLabel("Code", { exact: true });
  const go = page.getByRole("button", { name: "Sign in", exact: true });
  await code.fill("123 456");
  await go.click();
  await expect(page.getByText("This is not the code that the app shows now.")).toBeVisible();
  await expect(code).toHaveValue("123 456");
  const used = await shows(secret);
  await code.fill(used);
  await go.click();
  await expect(page).toHaveURL(`/t/${company.slug}/messages`);
  await signOut(page, email);
  await typePassword(page, email);
  await code.fill(used);
  await go.click();
  await expect(page.getByText(/used already|not the code/)).toBeVisible();
  await code.fill((recovery[0] ?? "").toLowerCase());
  await go.click();
  await expect(page).toHaveURL(`/t/${company.slug}`);
  await signOut(page, email);
  await typePassword(page, email);
  await code.fill(recovery[0] ?? "");
  await go.click();
  await expect(page.getByText("This recovery code was used already or is none of yours.")).toBeVisible();
  await code.fill(recovery[1] ?? "");
  await go.click();
  await expect(page).toHaveURL(`/t/${company.slug}`);
  // An old session proves the second factor before that changes; the password isn't asked for.
  await ageSessions(owner, email);
  await page.goto("/account");
  await expect(page.getByText("8 left; each signs you in once")).toBeVisible();
  const remove = page.getByRole("button", { name: "Remove" });
  await takenOver(remove);
  await remove.click();
  await expect(page.getByText("your password alone signs you in then")).toBeVisible();
  await page
    .getByRole("dialog", { name: /Remove the/ })
    .getByRole("button", { name: "Remove" })
    .click();
  const asked = page.getByRole("dialog", { name: "Is it you?" });
  await expect(asked.getByLabel("Your password")).toHaveCount(0);
  await asked.getByLabel("Code").fill(recovery[2] ?? "");
  await asked.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByRole("button", { name: "Set up an authenticator app" })).toBeVisible();
  await signOut(page, email);
  await signIn(page, email);
  // Neither next-auth's own address nor another's second factor is a way around.
  const me = { url, cookie: await owner.cookieOf(company.person("viewer")) };
  const taken = await callAction(me, actionNamed("app/account/actions.ts", "removeFactor"), "/account", [
    { what: "passkey", id: crypto.randomUUID() },
  ]);
  expect(taken.answer).toMatchObject({ ok: false, message: expect.stringContaining("gone already") });
});

test("next-auth's own sign-in address gives no session to who has a second factor", async ({
  page,
  owner,
  company,
}) => {
  const email = company.person("viewer");
  await enterAs(page, owner, email);
  await page.goto("/account");
  await setUpApp(page);
  await page.context().clearCookies();
  const csrf = await (await page.request.get("/api/auth/csrf")).json();
  const base = process.env.MAILFERRY_E2E_URL ?? "";
  const answer = await page.request.post("/api/auth/callback/credentials", {
    headers: { origin: base },
    form: { email, password, csrfToken: csrf.csrfToken, json: "true" },
    maxRedirects: 0,
  });
  expect(answer.status()).not.toBe(200);
  expect((await page.context().cookies()).map(({ name }) => name)).not.toContain("mailferry-session");
});

/** A browser with a device that makes passkeys, on a portal that is opened by a name. */
async function withDevice(browser: Browser, baseURL: string) {
  const page = await (await browser.newContext({ baseURL })).newPage();
  const device = await page.context().newCDPSession(page);
  await device.send("WebAuthn.enable");
  const { authenticatorId } = await device.send("WebAuthn.addVirtualAuthenticator", {
    options: {
      protocol: "ctap2",
      transport: "internal",
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  return { page, device, authenticatorId };
}

test("a passkey signs in by itself, is a second factor, proves who is there, and is removed", async ({
  browser,
  owner,
  company,
}) => {
  test.slow();
  const portal = await startPortal(process.env.MAILFERRY_E2E_DATA ?? "", { MAILFERRY_URL: "http://localhost:{port}" });
  const { page, device, authenticatorId } = await withDevice(browser, portal.url.replace("127.0.0.1", "localhost"));
  try {
    const email = company.person("admin");
    await signIn(page, email);
    await page.goto("/account");
    const name = page.getByLabel("Name of the new passkey");
    await takenOver(name);
    await expect(name).toHaveValue("Chrome on Linux");
    await name.fill("<b>desk</b>");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await expect(page.getByRole("region", { name: "Recovery codes" }).getByRole("listitem")).toHaveCount(10);
    await page.getByRole("button", { name: "I have kept them" }).click();
    const row = page.getByRole("table", { name: "Passkeys" }).getByRole("row").nth(1);
    await expect(row).toContainText("<b>desk</b>");
    await expect(row).toContainText("never");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await expect(page.getByText("This device has a passkey for you already.")).toBeVisible();
    await signOut(page, email);
    await page.goto(`/sign-in?next=/t/${company.slug}/messages`);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await expect(page).toHaveURL(new RegExp(`/t/${company.slug}/messages$`));
    await signOut(page, email);
    // As the second factor behind the password.
    await typePassword(page, email);
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page).toHaveURL(new RegExp(`/t/${company.slug}$`));
    await page.goto("/account");
    await expect(row).not.toContainText("never");
    // Somebody else at the device: without finger, face or PIN nothing opens.
    await ageSessions(owner, email);
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: false });
    const remove = row.getByRole("button", { name: "Remove" });
    await takenOver(remove);
    await remove.click();
    await page
      .getByRole("dialog", { name: /Remove the passkey/ })
      .getByRole("button", { name: "Remove" })
      .click();
    const asked = page.getByRole("dialog", { name: "Is it you?" });
    await asked.getByRole("button", { name: "Use a passkey" }).click();
    await expect(asked.getByText("No passkey was used.")).toBeVisible();
    await expect(row).toBeVisible();
    await device.send("WebAuthn.setUserVerified", { authenticatorId, isUserVerified: true });
    await asked.getByRole("button", { name: "Use a passkey" }).click();
    await expect(page.getByRole("table", { name: "Passkeys" })).toHaveCount(0);
    await signOut(page, email);
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    await expect(page.getByText("This passkey opens nothing here.")).toBeVisible();
  } finally {
    await page.context().close();
    await portal.stop();
  }
});

test("a passkey's answer is taken once, and not for another question, person or origin", async ({
  browser,
  owner,
  company,
}) => {
  test.slow();
  const portal = await startPortal(process.env.MAILFERRY_E2E_DATA ?? "", { MAILFERRY_URL: "http://localhost:{port}" });
  const { page } = await withDevice(browser, portal.url.replace("127.0.0.1", "localhost"));
  try {
    await signIn(page, company.person("admin"));
    await page.goto("/account");
    await takenOver(page.getByLabel("Name of the new passkey"));
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await expect(page.getByRole("region", { name: "Recovery codes" })).toBeVisible();
    await page.context().clearCookies();
    await page.goto("/sign-in");
    const sent = page.waitForRequest((request) => (request.postData() ?? "").includes("authenticatorData"));
    await page.getByRole("button", { name: "Sign in with a passkey" }).click();
    const [given] = JSON.parse((await sent).postData() ?? "[]");
    await expect(page).toHaveURL(new RegExp(`/t/${company.slug}$`));
    const enter = actionNamed("app/sign-in/actions.ts", "enterByPasskey");
    const prove = actionNamed("app/account/actions.ts", "proveAgain");
    const nobody = { url: portal.url, cookie: null };
    const origin = portal.url.replace("127.0.0.1", "localhost");
    const replayed = await callAction(nobody, enter, "/sign-in", [given], origin);
    expect(replayed.answer).toMatchObject({ ok: false, message: expect.stringContaining("opens nothing here") });
    const other = { url: portal.url, cookie: await owner.cookieOf(company.person("viewer")) };
    const elsewhere = await callAction(other, prove, "/account", [{ by: "passkey", response: given.response }], origin);
    expect(elsewhere.answer).toMatchObject({ ok: false, message: expect.stringContaining("opens nothing here") });
  } finally {
    await page.context().close();
    await portal.stop();
  }
});

test("a role that needs a second factor opens nothing until there is one, and a forgotten password comes by mail", async ({
  browser,
}) => {
  test.slow();
  const mails = await startExchange();
  const first = { email: "first@provider.example", password: "lighthouses in a row" };
  const fresh = await startMailferry({
    MAILFERRY_ADMIN_EMAIL: first.email,
    MAILFERRY_ADMIN_PASSWORD: first.password,
    MAILFERRY_SMTP_URL: `smtp://127.0.0.1:${mails.port}`,
    MAILFERRY_MAIL_FROM: "mailferry@provider.example",
  });
  const page = await (await browser.newContext({ baseURL: fresh.url })).newPage();
  const running = runningServer(fresh.folder);
  if (!running) throw new Error("the database does not run");
  const owner = openOwner(ownerUrl(fresh.folder, running.port), fresh.folder);
  try {
    const company = await owner.makeCompany("contoso", password);
    const admin = company.person("admin");
    const before = await owner.cookieOf(admin);
    await signIn(page, first.email, first.password);
    await page.goto("/tenants/people");
    const required = page.getByRole("region", { name: "Second factor" });
    await takenOver(required.getByLabel("Administrators"));
    await required.getByLabel("Administrators").check();
    await expect(required.getByText("2 people have none.")).toBeVisible();
    await expect(required.getByText("You have none yourself")).toBeVisible();
    await required.getByRole("button", { name: "Save" }).click();
    await expect
      .poll(
        async () => (await owner.db.prisma.platformSetting.findFirst({ where: { key: "second-factor-roles" } }))?.value,
      )
      .toEqual(["admin"]);
    await page.goto("/tenants/people");
    await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
    await nothingElse({ url: fresh.url, cookie: before }, company.slug);
    await setUpApp(page);
    await expect(page).toHaveURL(`${fresh.url}/tenants/people`);
    await expect(required.getByLabel("Administrators")).toHaveAccessibleDescription("1 person has none.");
    // Others are not asked.
    expect(
      (await get({ url: fresh.url, cookie: await owner.cookieOf(company.person("operator")) }, "/t/contoso")).status,
    ).toBe(200);
    await page.context().clearCookies();
    await page.goto("/sign-in");
    await typePassword(page, admin);
    await expect(page).toHaveURL(/\/sign-in\/set-up/);
    await page.goto("/t/contoso/members");
    await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
    const { secret } = await setUpApp(page);
    await expect(page).toHaveURL(`${fresh.url}/t/contoso/members`);
    await page.context().clearCookies();
    await forgottenStory(page, admin, mails.mails, secret);
    // Nobody has this address, and the page says the same.
    const told = await askedFor(page, "nobody@contoso.example");
    expect(told.replaceAll("nobody@", "admin@")).toBe(await askedFor(page, admin));
    await expect.poll(() => mails.mails.length).toBe(2);
    expect(mails.mails.map(({ recipients }) => recipients)).toEqual([[admin], [admin]]);
  } finally {
    await owner.close();
    await page.context().close();
    await fresh.stop();
    await mails.stop();
  }
});

test("a company asks each of its members for one, and nobody of another company", async ({
  page,
  url,
  owner,
  company,
}) => {
  test.slow();
  const other = await owner.makeCompany(`o${company.slug}`, password);
  const at = async (email: string, slug: string) =>
    (await get({ url, cookie: await owner.cookieOf(email) }, `/t/${slug}`)).headers.get("location");
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/members`);
  const required = page.getByRole("region", { name: "Second factor" });
  await takenOver(required.getByLabel("Every member needs one"));
  await required.getByLabel("Every member needs one").check();
  await expect(required.getByText("You have none yourself")).toBeVisible();
  await required.getByRole("button", { name: "Save" }).click();
  await expect
    .poll(async () => (await owner.db.prisma.tenant.findUnique({ where: { slug: company.slug } }))?.secondFactor)
    .toBe(true);
  expect(await at(company.person("viewer"), company.slug)).toContain("/sign-in/set-up?next=");
  expect(await at(other.person("viewer"), other.slug)).toBeNull();
  await page.goto(`/t/${company.slug}/members`);
  await expect(page.getByRole("heading", { name: "Set up a second factor" })).toBeVisible();
  await setUpApp(page);
  await expect(required.getByLabel("Every member needs one")).toBeChecked();
});

test("the time of an answer does not tell who has an account", async ({ url, owner, company }) => {
  test.slow();
  const people = Array.from({ length: 30 }, (_, n) => `person${n}@${company.domain}`);
  await owner.db.prisma.person.createMany({ data: people.map((email) => ({ email, passwordHash: "x" })) });
  // Links are made where letters go out: its worker says so here, and throws them away.
  await owner.db.pool.query(`update worker set facts = facts || '{"letters": true}'`);
  const forgotten = actionNamed("app/sign-in/actions.ts", "askForLink");
  const took: Record<"somebody" | "nobody", number[]> = { somebody: [], nobody: [] };
  for (const [n, email] of people.entries()) {
    await owner.db.pool.query("delete from throttle where key like 'forgotten:%'");
    for (const [who, address] of n % 2 ? pairs(email, `x${email}`) : pairs(email, `x${email}`).reverse()) {
      const begun = performance.now();
      const answer = await submitForm({ url, cookie: null }, forgotten, "/sign-in/forgotten", { email: address });
      expect(await answer.text()).toContain(address);
      took[who].push(performance.now() - begun);
      // What is done after the answer is not to slow the next one down.
      if (who === "somebody")
        await expect.poll(() => owner.db.prisma.platformAudit.count({ where: { target: address } })).toBe(1);
    }
  }
  const [somebody, nobody] = [median(took.somebody), median(took.nobody)];
  // Making the link takes longer than this by itself: done before the answer it would show.
  expect(Math.abs(somebody - nobody), `${somebody} ms and ${nobody} ms`).toBeLessThan(Math.max(10, nobody * 0.25));
});

const pairs = (somebody: string, nobody: string): ["somebody" | "nobody", string][] => [
  ["somebody", somebody],
  ["nobody", nobody],
];
const median = (of: number[]) => of.toSorted((a, b) => a - b)[Math.floor(of.length / 2)] ?? 0;

/** Every page leads to the set-up, every guarded action and route refuses. */
async function nothingElse(caller: { url: string; cookie: { name: string; value: string } }, slug: string) {
  for (const path of ["/", "/tenants", `/t/${slug}`, `/t/${slug}/exchange`, "/account"])
    expect((await get(caller, path)).headers.get("location"), path).toContain("/sign-in/set-up?next=");
  expect((await get(caller, `/api/t/${slug}/probes/${crypto.randomUUID()}`)).status).toBe(401);
  const open = ["askToProve", "proveAgain", "offerApp", "addApp", "offerPasskey", "addPasskey"];
  const guarded = builtActions().filter(({ kind, name }) => kind !== "public" && !open.includes(name));
  expect(guarded.length).toBeGreaterThan(20);
  for (const action of guarded) {
    const args = action.kind === "tenant" ? [slug, {}] : [{}];
    const said = await callAction(caller, action, fill(action.page, { tenant: slug, slug }), args);
    expect(said.answer?.message, `${action.file} ${action.name}`).toContain("needs a second factor. Set one up first");
  }
}

async function askedFor(page: Page, email: string): Promise<string> {
  await page.goto("/sign-in");
  await page.getByRole("link", { name: "Forgotten your password?" }).click();
  await expect(page.getByRole("heading", { name: "Forgotten password" })).toBeVisible();
  await takenOver(page.getByLabel("Email"));
  await page.getByLabel("Email").fill(email);
  await page.getByRole("button", { name: "Mail me a link" }).click();
  await expect(page.getByText("Look into your mailbox.")).toBeVisible();
  return (await page.getByRole("main").textContent()) ?? "";
}

/** The link of the mail sets a new password once, and asks for the second factor all the same. */
async function forgottenStory(page: Page, email: string, mails: StoredMail[], secret: string) {
  await askedFor(page, email);
  await expect.poll(() => mails.length, { timeout: 30_000 }).toBe(1);
  const link = /https?:\/\/\S+\/invitation\/[\w-]+/.exec(textOf(mails[0]))?.[0] ?? "";
  await page.goto(link);
  await page.getByLabel("Name").fill("Ann");
  await page.getByLabel("Password", { exact: true }).fill("nine lighthouses at dusk");
  await page.getByRole("button", { name: "Save and sign in" }).click();
  await expect(page.getByRole("heading", { name: "One more proof" })).toBeVisible();
  await page.getByLabel("Code", { exact: true }).fill(await shows(secret));
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL(/\/t\/contoso$/);
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByRole("heading", { name: "This link no longer works" })).toBeVisible();
  await page.goto("/sign-in");
  await typePassword(page, email);
  await expect(page.getByText("Email or password is not right.")).toBeVisible();
}

/** Long lines of a mail are folded with a sign at their end. */
const textOf = (mail: StoredMail | undefined) =>
  (mail?.raw.toString("latin1") ?? "").replaceAll("=\r\n", "").replaceAll("=3D", "=");
