// Coming and going: the first administrator, signing in and out, wrong passwords.
import { administrator, enterAs, expect, password, signIn, test } from "./fixtures";
import { startMailferry } from "./start";

test("the first administrator is made with the code from the terminal, and only once", async ({ page }) => {
  const fresh = await startMailferry();
  try {
    // What this story looks for is printed once the portal answers.
    await expect.poll(() => /One-time code: (\S+)/.exec(fresh.log())?.[1]).toBeTruthy();
    const code = /One-time code: (\S+)/.exec(fresh.log())?.[1] ?? "";
    await page.goto(`${fresh.url}/sign-in`);
    await page.getByRole("link", { name: "Create the first administrator" }).click();
    await page.getByLabel("Code").fill("AAAA-BBBB-CCCC-DDDD");
    await page.getByLabel("Email").fill("first@provider.example");
    await page.getByLabel("Name").fill("First Person");
    await page.getByLabel("Password", { exact: true }).fill("short");
    const create = page.getByRole("button", { name: "Create administrator" });
    await create.click();
    await expect(page.getByText("shorter than 12 characters")).toBeVisible();
    await page.getByLabel("Password", { exact: true }).fill(password);
    await create.click();
    await expect(page.getByText("This is not the code.")).toBeVisible();
    await expect(page.getByLabel("Email")).toHaveValue("first@provider.example");
    // A password isn't kept by a form that came back.
    await page.getByLabel("Code").fill(code);
    await page.getByLabel("Password", { exact: true }).fill(password);
    await create.click();
    await expect(page.getByRole("heading", { name: "Tenants", level: 1 })).toBeVisible();
    await expect(page.getByRole("link", { name: "New tenant" }).first()).toBeVisible();
    await page.context().clearCookies();
    await page.goto(`${fresh.url}/sign-in`);
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
    await expect(page.getByRole("link", { name: "Create the first administrator" })).toHaveCount(0);
  } finally {
    await fresh.stop();
  }
});

test("a member signs in, lands where they wanted to go, and signs out", async ({ page, company }) => {
  await page.goto(`/t/${company.slug}/mailboxes`);
  await expect(page).toHaveURL(/\/sign-in\?next=/);
  await page.getByLabel("Email").fill(company.person("viewer").toUpperCase());
  await page.getByLabel("Password", { exact: true }).fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL(`/t/${company.slug}/mailboxes`);
  await expect(page.getByRole("heading", { name: "Mailboxes", level: 1 })).toBeVisible();
  const cookie = await page.context().cookies();
  await page.getByRole("button", { name: company.person("viewer") }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  // The old cookie is worth nothing, even to somebody who kept it.
  await page.context().addCookies(cookie);
  await page.goto(`/t/${company.slug}`);
  await expect(page).toHaveURL(/\/sign-in/);
});

test("a wrong password is told without telling who exists, and guessing is slowed down", async ({ page, company }) => {
  const attempt = async (email: string) => {
    await page.getByLabel("Email").fill(email);
    await page.getByLabel("Password", { exact: true }).fill("not the password");
    const answered = page.waitForResponse((response) => response.request().method() === "POST");
    await page.getByRole("button", { name: "Sign in" }).click();
    await answered;
  };
  const wrong = page.getByText("Email or password is not right. Check both and try again.");
  await page.goto("/sign-in");
  await attempt(`nobody@${company.domain}`);
  await expect(wrong).toBeVisible();
  await expect(page.getByLabel("Email")).toHaveValue(`nobody@${company.domain}`);
  for (let n = 0; n < 7; n += 1) await attempt(company.person("admin"));
  await expect(page.getByText(/Too many tries\. Try again in \d+ seconds?\./)).toBeVisible();
});

test("each sign-in begins a session of its own, whatever cookie the browser brought", async ({
  page,
  owner,
  company,
}) => {
  await enterAs(page, owner, company.person("viewer"));
  const value = async () => (await page.context().cookies()).find(({ name }) => name === "mailferry-session")?.value;
  const planted = await value();
  // An attacker's session in the victim's browser: the victim signs in over it.
  await page.goto(`/t/${company.slug}`);
  await page.getByRole("button", { name: company.person("viewer") }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page).toHaveURL(/\/sign-in/);
  await page.context().addCookies([{ name: "mailferry-session", value: planted ?? "", url: page.url() }]);
  await signIn(page, company.person("admin"));
  const mine = await value();
  expect(mine).toBeTruthy();
  expect(mine).not.toBe(planted);
  const sessions = await owner.db.prisma.session.findMany({ where: { address: "address:127.0.0.1", endedAt: null } });
  const { id } = await owner.db.prisma.person.findUniqueOrThrow({ where: { email: company.person("admin") } });
  expect(sessions.filter((session) => session.personId === id)).toHaveLength(1);
});

test("the platform's administrator of the environment signs in and sees the tenants", async ({ page, company }) => {
  await signIn(page, administrator.email, administrator.password);
  await expect(page.getByRole("heading", { name: "Tenants", level: 1 })).toBeVisible();
  await page.goto(`/tenants?search=${company.slug}`);
  await expect(page.getByRole("link", { name: company.name, exact: true })).toBeVisible();
});
