// Your account: sessions, password, and the question who is there before servers and secrets change.
import { actionNamed, callAction } from "./calls";
import { enterAs, expect, password, signIn, takenOver, test } from "./fixtures";
import type { Owner } from "./owner";

/** As if the last proof of all sessions of this person were that long ago. */
async function ageSessions(owner: Owner, email: string, minutes = 16): Promise<void> {
  const personId = await personIdOf(owner, email);
  const confirmedAt = new Date(Date.now() - minutes * 60_000);
  await owner.db.prisma.session.updateMany({ where: { personId }, data: { confirmedAt } });
}

const personIdOf = async (owner: Owner, email: string) =>
  (await owner.db.prisma.person.findUniqueOrThrow({ where: { email } })).id;

const isItYou = "Is it you?";

test("somebody sees where they are signed in, signs one device out, then all others, then everywhere", async ({
  page,
  browser,
  url,
  owner,
  company,
}) => {
  test.slow();
  const email = company.person("viewer");
  const phone = await browser.newContext({
    baseURL: url,
    userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
  });
  const onPhone = await phone.newPage();
  await signIn(onPhone, email);
  await enterAs(await (await browser.newContext({ baseURL: url })).newPage(), owner, email);
  await signIn(page, email);
  await page.getByRole("button", { name: email }).click();
  await page.getByRole("menuitem", { name: "Your account" }).click();
  await expect(page.getByRole("heading", { name: "Your account", level: 1 })).toBeVisible();
  const sessions = page.getByRole("table", { name: "Where you are signed in" }).getByRole("row");
  await expect(sessions).toHaveCount(4);
  await expect(sessions.nth(1)).toContainText("this one");
  await expect(sessions.nth(1)).toContainText("127.0.0.1");
  await expect(sessions.nth(1)).toContainText("with the password");
  await page.getByRole("button", { name: "Sign out Safari on iPhone" }).click();
  await expect(page.getByText("Safari on iPhone is signed out.")).toBeVisible();
  await expect(sessions).toHaveCount(3);
  await onPhone.goto(`/t/${company.slug}`);
  await expect(onPhone).toHaveURL(/\/sign-in/);
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out 1 session" }).click();
  await expect(page.getByText("1 session is signed out. This one goes on.")).toBeVisible();
  await expect(sessions).toHaveCount(2);
  await page.getByRole("button", { name: "Sign out everywhere" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Sign out 1 session" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.goto("/account");
  await expect(page).toHaveURL(/\/sign-in\?next=%2Faccount/);
  await phone.close();
});

test("another person's session is not found by its id", async ({ url, owner, company }) => {
  const me = { url, cookie: await owner.cookieOf(company.person("viewer")) };
  await owner.cookieOf(company.person("admin"));
  const personId = await personIdOf(owner, company.person("admin"));
  const theirs = await owner.db.prisma.session.findFirstOrThrow({ where: { personId } });
  const said = await callAction(me, actionNamed("app/account/actions.ts", "endSession"), "/account", [
    { id: theirs.id },
  ]);
  expect(said.answer).toMatchObject({ ok: false, message: expect.stringContaining("no such session") });
  expect((await owner.db.prisma.session.findUniqueOrThrow({ where: { id: theirs.id } })).endedAt).toBeNull();
});

test("a password is changed by the present one; other sessions end, and the old one opens nothing", async ({
  page,
  browser,
  url,
  owner,
  company,
}) => {
  test.slow();
  const email = company.person("operator");
  const elsewhere = await (await browser.newContext({ baseURL: url })).newPage();
  await enterAs(elsewhere, owner, email);
  await enterAs(page, owner, email);
  await page.goto("/account");
  const present = page.getByLabel("Present password");
  const wanted = page.getByLabel("New password");
  const change = page.getByRole("button", { name: "Change password" });
  await takenOver(present);
  await present.fill("not my password");
  await wanted.fill("welcome2026welcome");
  await change.click();
  await expect(page.getByText("This is not your password.")).toBeVisible();
  await present.fill(password);
  await change.click();
  await expect(page.getByText(/Password is built on a word/)).toBeVisible();
  await expect(present).toHaveValue(password);
  await wanted.fill("nine lighthouses at dusk");
  await change.click();
  await expect(page.getByText("Your password is changed. 1 other session was signed out.")).toBeVisible();
  await expect(wanted).toHaveValue("");
  await elsewhere.goto(`/t/${company.slug}`);
  await expect(elsewhere).toHaveURL(/\/sign-in/);
  await elsewhere.getByLabel("Email").fill(email);
  await elsewhere.getByLabel("Password", { exact: true }).fill(password);
  await elsewhere.getByRole("button", { name: "Sign in" }).click();
  await expect(elsewhere.getByText("Email or password is not right.")).toBeVisible();
  await signIn(elsewhere, email, "nine lighthouses at dusk");
});

test("an old session is asked who is there before a server changes, and goes on with what was typed", async ({
  page,
  owner,
  company,
}) => {
  const email = company.person("admin");
  await enterAs(page, owner, email);
  await ageSessions(owner, email);
  await page.goto(`/t/${company.slug}/exchange`);
  const host = page.getByLabel("Exchange Server");
  await takenOver(host);
  await host.fill("127.0.0.1");
  await page
    .getByLabel(/Postmaster/)
    .first()
    .fill(`postmaster@${company.domain}`);
  const save = page.getByRole("button", { name: "Save", exact: true });
  await save.click();
  const dialog = page.getByRole("dialog", { name: isItYou });
  await expect(dialog).toBeVisible();
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const stored = (host?: string) => owner.db.prisma.exchange.count({ where: { tenantId, ...(host ? { host } : {}) } });
  expect(await stored()).toBe(0);
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Nothing was changed: this asks for a fresh sign-in.")).toBeVisible();
  await expect(host).toHaveValue("127.0.0.1");
  await save.click();
  await dialog.getByLabel("Your password").fill("not my password");
  await dialog.getByRole("button", { name: "Go on" }).click();
  await expect(dialog.getByText("This is not your password.")).toBeVisible();
  expect(await stored()).toBe(0);
  await dialog.getByLabel("Your password").fill(password);
  await dialog.getByLabel("Your password").press("Enter");
  await expect(dialog).toBeHidden();
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await expect(host).toHaveValue("127.0.0.1");
  expect(await stored("127.0.0.1")).toBe(1);
  // Fresh now: the next change isn't asked about.
  await host.fill("127.0.0.2");
  await save.click();
  await expect.poll(() => stored("127.0.0.2")).toBe(1);
});

test("an old session is asked who is there before it gives somebody a role", async ({ page, owner, company }) => {
  const email = company.person("admin");
  const role = async (of: string) =>
    (await owner.db.prisma.membership.findFirst({ where: { personId: await personIdOf(owner, of) } }))?.role;
  await enterAs(page, owner, email);
  await ageSessions(owner, email);
  await page.goto(`/t/${company.slug}/members`);
  const select = page.getByLabel(`Role of ${company.person("viewer")}`);
  await takenOver(select);
  await select.selectOption("admin");
  const dialog = page.getByRole("dialog", { name: isItYou });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  await expect(page.getByText("Nothing was changed: this asks for a fresh sign-in.")).toBeVisible();
  await expect(select).toHaveValue("viewer");
  expect(await role(company.person("viewer"))).toBe("viewer");
  const add = page.getByRole("region", { name: "Add a member" });
  await add.getByLabel("Email").fill(`new@${company.domain}`);
  await add.getByRole("button", { name: "Add member" }).click();
  await expect(dialog).toBeVisible();
  expect(await owner.db.prisma.person.count({ where: { email: `new@${company.domain}` } })).toBe(0);
  await dialog.getByLabel("Your password").fill(password);
  await dialog.getByRole("button", { name: "Go on" }).click();
  await expect(page.getByRole("row").filter({ hasText: `new@${company.domain}` })).toBeVisible();
  // Fresh now: the role isn't asked about.
  await select.selectOption("operator");
  await expect.poll(() => role(company.person("viewer"))).toBe("operator");
});

test("an old session of the platform is refused at the door for people, whatever is done to them", async ({
  url,
  owner,
}) => {
  const email = await owner.makePlatformPerson("admin", password);
  const personId = await personIdOf(owner, await owner.makePlatformPerson("viewer", password));
  const me = { url, cookie: await owner.cookieOf(email) };
  await ageSessions(owner, email);
  const before = await owner.db.prisma.person.findUniqueOrThrow({ where: { id: personId } });
  const added = `added-by-${email}`;
  const calls: [name: string, input: object][] = [
    ["addPerson", { email: added, role: "admin" }],
    ["changePlatformRole", { personId, role: "admin" }],
    ["disablePerson", { personId, disabled: true }],
    ["disablePerson", { personId, disabled: false }],
    ["makePersonLink", { personId }],
    ["removeFactors", { personId }],
  ];
  for (const [name, input] of calls) {
    const said = await callAction(me, actionNamed("app/tenants/actions.ts", name), "/tenants/people", [input]);
    expect(said.answer, name).toMatchObject({ ok: false, prove: { ways: ["password"], email } });
  }
  expect(await owner.db.prisma.person.findUniqueOrThrow({ where: { id: personId } })).toEqual(before);
  expect(await owner.db.prisma.person.count({ where: { email: added } })).toBe(0);
});

test("an old session is refused at the door for hosts, secrets, links and roles, and let through for the rest", async ({
  url,
  owner,
  company,
}) => {
  const email = company.person("admin");
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const personId = await personIdOf(owner, company.person("viewer"));
  await owner.bringIn(`version: 1
tenants:
  - slug: ${company.slug}
    exchange: { host: 127.0.0.1, port: 9, postmaster: postmaster@${company.domain}, username: scan, password: theirs, tls: require, certificate: system, certificateName: mail.contoso.example }
    mailboxes:
      - { name: info, paused: true, protocol: pop3, host: 127.0.0.1, port: 9, username: info, password: theirs, recipients: { mode: single, address: info@${company.domain} } }
`);
  const me = { url, cookie: await owner.cookieOf(email) };
  await ageSessions(owner, email);
  const call = async (file: string, name: string, input: unknown) => {
    const action = actionNamed(`app/t/[tenant]/${file}/actions.ts`, name);
    return (await callAction(me, action, `/t/${company.slug}/${file}`, [company.slug, input])).answer;
  };
  const asked = { ok: false, prove: { ways: ["password"], email } };
  const { data: exchange } = (await call("exchange", "current", {})) as { data: { settings: object; version: number } };
  const server = { ...exchange.settings, version: exchange.version };
  for (const change of [{ host: "127.0.0.2" }, { port: 26 }, { password: "mine" }, { certificateName: "evil.example" }])
    expect(await call("exchange", "save", { ...server, ...change }), JSON.stringify(change)).toMatchObject(asked);
  expect(await call("exchange", "trust", { fingerprint: "0".repeat(64) })).toMatchObject(asked);
  expect(await call("members", "makeMemberLink", { personId })).toMatchObject(asked);
  expect(await call("members", "changeMemberRole", { personId, role: "admin" })).toMatchObject(asked);
  expect(await call("members", "addMember", { email: `new@${company.domain}`, role: "admin" })).toMatchObject(asked);
  const row = await owner.db.prisma.mailbox.findFirstOrThrow({ where: { tenantId } });
  const mailbox = {
    name: "info",
    paused: true,
    protocol: "pop3",
    host: "127.0.0.1",
    port: row.port,
    tls: "implicit",
    certificate: "system",
    username: "info",
    folder: "INBOX",
    pollSeconds: 300,
    timeoutSeconds: 180,
    maxPerPoll: 200,
    start: "all",
    rerouteUnknownTo: "",
    after: "delete",
    keepDays: 7,
    renumberLimit: 500,
    recipients: { mode: "single", address: `info@${company.domain}` },
    version: row.version,
  };
  const saving = (edit: object, id: string | null = row.id) =>
    call("mailboxes", "save", { id, edit: { ...mailbox, ...edit }, confirmed: true });
  for (const change of [{ host: "127.0.0.2" }, { username: "other" }, { password: "mine" }])
    expect(await saving(change), JSON.stringify(change)).toMatchObject(asked);
  expect(await saving({ name: "new", password: "mine" }, null)).toMatchObject(asked);
  expect(await owner.db.prisma.mailbox.findMany({ where: { tenantId } })).toEqual([row]);
  // What moves nobody's mail and opens nothing goes through.
  expect(await saving({ pollSeconds: 600 })).toMatchObject({ ok: true });
  expect(await call("exchange", "save", { ...server, retryMinutes: 7 })).toMatchObject({ ok: true });
});
