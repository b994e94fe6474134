// From anywhere to anywhere by a few letters, without the mouse; and only to where a person may go.
import { configOf } from "./company-world";
import { enterAs, expect, password, test } from "./fixtures";

test("a person of the platform goes to a page, a tenant and a mailbox by keyboard alone", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  await owner.bringIn(configOf(company, exchange, pop3));
  const other = await owner.makeCompany(`p${company.slug}`, password);
  await enterAs(page, owner, await owner.makePlatformPerson("operator", password));
  await page.goto(`/t/${other.slug}`);
  const box = page.getByRole("combobox", { name: "Page, tenant, mailbox or words of a mail" });
  const open = async () => {
    await page.keyboard.press("Control+k");
    await expect(box).toBeFocused({ timeout: 2000 });
  };
  // Once the page listens.
  await expect(open).toPass();
  await page.keyboard.type("queu");
  await expect(page.getByRole("option")).toHaveCount(2);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/t/${other.slug}/queue$`));

  await open();
  await page.keyboard.type(company.slug);
  // Two tenants have these letters, the shorter name comes first.
  const found = page.getByRole("option", { name: company.slug });
  await expect(found.first()).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(box).toHaveCount(0);

  await open();
  await page.keyboard.type(company.name);
  await expect(page.getByRole("group", { name: "Tenants" }).getByRole("option").first()).toContainText(company.slug);
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/t/${company.slug}$`));

  await open();
  await page.keyboard.type(`info ${company.slug}`);
  const mailbox = page.getByRole("option", { name: new RegExp(`${company.name}$`) });
  await expect(mailbox).toBeVisible();
  await expect(async () => {
    await page.keyboard.press("ArrowDown");
    await expect(mailbox).toHaveAttribute("aria-selected", "true", { timeout: 100 });
  }).toPass();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/t/${company.slug}/mailboxes/[0-9a-f-]{36}$`));

  await open();
  await page.keyboard.type("no such thing at all");
  await expect(page.getByText("No page, tenant or mailbox has these letters in its name.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/messages\?text=no%20such%20thing%20at%20all$/);
});

test("a member finds nothing of a company that is not theirs, and a small screen has a button", async ({
  page,
  owner,
  company,
}) => {
  const other = await owner.makeCompany(`p${company.slug}`, password);
  await page.setViewportSize({ width: 390, height: 800 });
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}`);
  await page.getByRole("button", { name: "Go to …" }).click();
  const box = page.getByRole("combobox", { name: "Page, tenant, mailbox or words of a mail" });
  await box.fill(company.slug);
  const tenants = page.getByRole("group", { name: "Tenants" }).getByRole("option");
  await expect(tenants).toHaveCount(1);
  await expect(tenants).not.toContainText(other.slug);
  await tenants.click();
  await expect(page).toHaveURL(new RegExp(`/t/${company.slug}$`));
});

test("a menu opens by keyboard at its first entry, and gives the focus back", async ({ page, owner, company }) => {
  await enterAs(page, owner, await owner.makePlatformPerson("operator", password));
  await page.goto(`/t/${company.slug}`);
  const button = page.getByRole("button", { name: "choose another" });
  const entries = page.getByRole("menuitem");
  // Once the page listens: the first time the menu is fetched, from then on it is there.
  await expect(async () => {
    await button.focus();
    await page.keyboard.press("Enter");
    await expect(entries.first()).toBeFocused({ timeout: 2000 });
  }).toPass();
  await page.keyboard.press("Escape");
  await expect(entries).toHaveCount(0);
  await expect(button).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await expect(entries.first()).toBeFocused();
  await page.keyboard.press("End");
  await expect(entries.last()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/\/tenants$/);
});

test("on a small screen More is marked at the pages behind it, and not at those beside it", async ({
  page,
  owner,
  company,
}) => {
  await page.setViewportSize({ width: 390, height: 800 });
  await enterAs(page, owner, company.person("viewer"));
  const more = page.getByRole("button", { name: "More", exact: true });
  await page.goto(`/t/${company.slug}/mailboxes`);
  await expect(more).toHaveAttribute("aria-current", "true");
  await page.goto(`/t/${company.slug}/messages`);
  await expect(more).toBeVisible();
  await expect(more).not.toHaveAttribute("aria-current");
});
