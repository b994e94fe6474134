// The Exchange page: its words and defaults, saving, faults, two people at once, leaving with changes.
import type { Page } from "@playwright/test";
import { changed } from "@/domain/live/changed";
import { get } from "./calls";
import { type Company, enterAs, expect, test } from "./fixtures";

const fields = ["Exchange Server", "IP port number", "Timeout", "Retry failed emails", "HELO Domain", "Postmaster"];
const boxes = [
  "Notify postmaster if email is rejected by Exchange as spam",
  "Notify postmaster if email is rejected by Exchange because the email address is unknown",
  "Notify postmaster when Mailferry moves an email to the BADMAIL folder",
];

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const open = (page: Page, company: Company) => page.goto(`/t/${company.slug}/exchange`);
const save = (page: Page) => page.getByRole("button", { name: "Save", exact: true }).click();

async function fillIn(page: Page, company: Company, host = "mail.contoso.example") {
  await field(page, "Exchange Server").fill(host);
  await field(page, "Postmaster").fill(`postmaster@${company.domain}`);
}

test("has every field, default and button of the dialog, word for word", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await expect(page.getByRole("heading", { name: "Exchange Server Configuration" })).toBeVisible();
  for (const name of fields) await expect(field(page, name)).toBeEditable();
  await expect(field(page, "Exchange Server")).toHaveValue("");
  await expect(field(page, "IP port number")).toHaveValue("25");
  await expect(page.getByRole("checkbox", { name: "Allow StartTLS" })).toBeChecked();
  await expect(field(page, "Timeout")).toHaveValue("60");
  await expect(field(page, "Retry failed emails")).toHaveValue("10");
  await expect(field(page, "HELO Domain")).toHaveValue("");
  await expect(field(page, "HELO Domain")).toHaveAttribute("placeholder", "ferry.provider.example");
  await expect(field(page, "Postmaster")).toHaveValue("");
  await expect(page.getByRole("group", { name: "Notification Options" })).toBeVisible();
  for (const name of boxes) await expect(page.getByRole("checkbox", { name })).toBeChecked();
  await expect(page.getByRole("button", { name: "Test settings (email to postmaster)" })).toBeVisible();
});

test("saves what is typed, shows it again, and writes down who did it", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await fillIn(page, company);
  await field(page, "Timeout").fill("45");
  await page.getByRole("checkbox", { name: boxes[0] ?? "" }).uncheck();
  await expect(page.getByText("Spam refusals are still told because they move to BADMAIL")).toBeVisible();
  await save(page);
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await page.reload();
  await expect(field(page, "Exchange Server")).toHaveValue("mail.contoso.example");
  await expect(field(page, "Timeout")).toHaveValue("45");
  await expect(page.getByRole("checkbox", { name: boxes[0] ?? "" })).not.toBeChecked();
  await field(page, "Timeout").fill("50");
  await save(page);
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await page.getByRole("link", { name: "Audit" }).first().click();
  const newest = page
    .getByRole("row")
    .filter({ hasText: /Timeout.*50/ })
    .first();
  await expect(newest).toContainText("45");
  await expect(newest).toContainText("50");
  await expect(newest).toContainText(company.person("admin"));
});

test("says at each field what to do", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await save(page);
  await expect(field(page, "Exchange Server")).toHaveAccessibleDescription(
    /Exchange Server is empty: give a name like/,
  );
  await expect(field(page, "Exchange Server")).toBeFocused();
  await expect(field(page, "Postmaster")).toHaveAccessibleDescription(/Postmaster is empty: write an address like/);
  await fillIn(page, company, "http://mail.contoso.example");
  await field(page, "IP port number").fill("99999");
  await field(page, "Timeout").fill("soon");
  await save(page);
  await expect(field(page, "Exchange Server")).toHaveAccessibleDescription(/Leave out http:\/\//);
  await expect(field(page, "IP port number")).toHaveAccessibleDescription(/must be at most 65535/);
  await expect(field(page, "Timeout")).toHaveAccessibleDescription(/must be a number/);
  await fillIn(page, company, "192.168.1.15");
  await field(page, "IP port number").fill("25");
  await field(page, "Timeout").fill("60");
  await page.getByText("encryption, certificate, sign-in, limits").click();
  await field(page, "User name").fill("scan");
  await save(page);
  await expect(page.getByText(/With a user name the certificate must be checked/).first()).toBeVisible();
  expect(await owner.db.prisma.exchange.count({ where: { postmaster: `postmaster@${company.domain}` } })).toBe(0);
});

test("tells the second of two people, shows where they differ, and overwrites nothing unasked", async ({
  page,
  browser,
  owner,
  company,
}) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await fillIn(page, company);
  await save(page);
  await expect(page.getByText(/Saved, /)).toBeVisible();
  const other = await (await browser.newContext({ baseURL: new URL(page.url()).origin })).newPage();
  await enterAs(other, owner, await owner.makePlatformPerson("admin", "never typed here"));
  await open(other, company);
  await field(page, "Timeout").fill("70");
  await save(page);
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await field(other, "Timeout").fill("80");
  await field(other, "Retry failed emails").fill("5");
  await save(other);
  const panel = other.getByRole("alert").filter({ hasText: "saved this page on" });
  await expect(panel).toContainText(company.person("admin"));
  await expect(panel.getByRole("row", { name: "Timeout 70 80" })).toBeVisible();
  await expect(panel.getByRole("row", { name: "Retry failed emails 10 5" })).toBeVisible();
  const stored = () =>
    owner.db.prisma.exchange.findFirstOrThrow({ where: { postmaster: `postmaster@${company.domain}` } });
  expect((await stored()).timeoutSeconds).toBe(70);
  await panel.getByRole("button", { name: "Overwrite with mine" }).click();
  await expect(other.getByText(/Saved, /)).toBeVisible();
  expect(await stored()).toMatchObject({ timeoutSeconds: 80, retryMinutes: 5 });
  // The first person's page is old now: taking theirs brings their values into the form.
  await field(page, "Timeout").fill("90");
  await save(page);
  await page.getByRole("button", { name: "Take theirs" }).click();
  await expect(field(page, "Timeout")).toHaveValue("80");
  expect(await stored()).toMatchObject({ timeoutSeconds: 80 });
  await other.context().close();
});

test("asks before changes are left behind", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await field(page, "Exchange Server").fill("mail.contoso.example");
  const asked: string[] = [];
  let leave = false;
  page.on("dialog", async (dialog) => {
    asked.push(dialog.message());
    await (leave ? dialog.accept() : dialog.dismiss());
  });
  const away = page.getByRole("link", { name: "Rules" }).first();
  await away.click();
  expect(asked).toEqual([expect.stringContaining("changes that aren't saved")]);
  await expect(field(page, "Exchange Server")).toHaveValue("mail.contoso.example");
  await page.evaluate(() => history.back());
  await expect.poll(() => asked.length).toBe(2);
  await expect(field(page, "Exchange Server")).toHaveValue("mail.contoso.example");
  leave = true;
  await away.click();
  await expect(page.getByRole("heading", { name: "Rules", level: 1 })).toBeVisible();
  expect(asked).toHaveLength(3);
});

test("the band follows the server by itself, and leaves alone what is being typed", async ({
  page,
  owner,
  company,
}) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await fillIn(page, company);
  await save(page);
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await field(page, "Timeout").fill("47");
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const change = { state: "paused", reason: "Olaf paused it: a new server" };
  await owner.db.prisma.lane.updateMany({ where: { tenantId }, data: change });
  changed(owner.db, tenantId, "lane");
  await expect(page.getByText("Olaf paused it: a new server")).toBeVisible({ timeout: 15_000 });
  await expect(field(page, "Timeout")).toHaveValue("47");
});

test("shows a viewer the values, before scripts run too, and nothing to press", async ({
  page,
  owner,
  company,
  url,
}) => {
  await enterAs(page, owner, company.person("admin"));
  await open(page, company);
  await fillIn(page, company);
  await save(page);
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await enterAs(page, owner, company.person("viewer"));
  await open(page, company);
  await expect(page.getByText("You may look at these settings.")).toBeVisible();
  for (const name of fields) await expect(field(page, name)).not.toBeEditable();
  await expect(field(page, "Exchange Server")).toHaveValue("mail.contoso.example");
  const cookie = await owner.cookieOf(company.person("viewer"));
  const html = await (await get({ url, cookie }, `/t/${company.slug}/exchange`)).text();
  expect(html).toMatch(/<input(?=[^>]* name="host")(?=[^>]* value="mail\.contoso\.example")/);
  for (const name of boxes) await expect(page.getByRole("checkbox", { name })).toBeDisabled();
  await expect(page.getByRole("button", { name: "Save", exact: true })).toHaveCount(0);
  await expect(page.getByRole("button", { name: /^Test settings/ })).toHaveCount(0);
});

test("Advanced that is opened before the page listens has its fields", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  let release = () => {};
  const gate = new Promise<void>((done) => {
    release = done;
  });
  await page.route("**/_next/static/chunks/*.js", async (route) => {
    await gate;
    await route.continue();
  });
  await page.goto(`/t/${company.slug}/exchange`, { waitUntil: "commit" });
  await page.getByText("Advanced", { exact: false }).first().click();
  await expect(field(page, "User name")).toHaveCount(0);
  release();
  await expect(field(page, "User name")).toBeEditable();
});
