// Who is here: roles that change under people's hands, invitations, and other companies' links.

import { configOf } from "./company-world";
import { enterAs, expect, password, test } from "./fixtures";

test("a member made viewer is refused at once, on the page that was open", async ({
  page,
  browser,
  url,
  owner,
  company,
  exchange,
  pop3,
}) => {
  await owner.bringIn(configOf(company, exchange, pop3));
  const theirs = await (await browser.newContext({ baseURL: url })).newPage();
  await enterAs(theirs, owner, company.person("operator"));
  await theirs.goto(`/t/${company.slug}/mailboxes`);
  const collect = theirs.getByRole("button", { name: "Collect now: info" });
  await expect(collect).toBeVisible();
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/members`);
  await page.getByLabel(`Role of ${company.person("operator")}`).selectOption("viewer");
  const { id: personId } = await owner.db.prisma.person.findUniqueOrThrow({
    where: { email: company.person("operator") },
  });
  await expect
    .poll(async () => (await owner.db.prisma.membership.findFirst({ where: { personId } }))?.role)
    .toBe("viewer");
  await collect.click();
  await expect(theirs.getByText("Your role can't do this. Ask an administrator.")).toBeVisible();
  await theirs.reload();
  await expect(theirs.getByRole("heading", { name: "Mailboxes", level: 1 })).toBeVisible();
  await expect(collect).toHaveCount(0);
  await theirs.goto(`/t/${company.slug}/members`);
  await expect(theirs.getByText("Your role can’t see this page")).toBeVisible();
  await page.goto(`/t/${company.slug}/audit`);
  await expect(
    page
      .getByRole("row")
      .filter({ hasText: company.person("operator") })
      .first(),
  ).toContainText("viewer");
  await theirs.context().close();
});

test("the last admin stays, and an invited person sets a password once", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/members`);
  await page.getByLabel(`Role of ${company.person("admin")}`).selectOption("viewer");
  await expect(page.getByText(/last admin/i)).toBeVisible();
  const add = page.getByRole("region", { name: "Add a member" });
  await add.getByLabel("Email").fill(`new@${company.domain}`);
  await add.getByLabel("Role").selectOption("operator");
  await add.getByRole("button", { name: "Add member" }).click();
  const shown = page.getByText(/^https?:\/\/[^ ]+\/invitation\/[\w-]+$/);
  await expect(shown).toBeVisible();
  const link = (await shown.textContent()) ?? "";
  await page.context().clearCookies();
  await page.goto(link);
  await page.getByLabel("Name").fill("New Person");
  await page.getByLabel(/^(New )?password$/i).fill(password);
  await page.getByRole("main").getByRole("button").last().click();
  await expect(page).toHaveURL(`/t/${company.slug}`);
  await page.context().clearCookies();
  await page.goto(link);
  await expect(page.getByLabel(/^(New )?password$/i)).toHaveCount(0);
});

test("another company's link finds what no company's link finds", async ({ page, owner, company }) => {
  const other = await owner.makeCompany(`o${company.slug}`, password);
  await enterAs(page, owner, company.person("admin"));
  const seen = async (path: string) => {
    const response = await page.goto(path);
    return { status: response?.status(), words: await page.getByRole("main").textContent() };
  };
  for (const below of ["", "/exchange", "/mailboxes", "/members", "/messages/6f1d9a52-8f0e-4a6b-9a51-0c8a4b5f9b11"]) {
    const theirs = await seen(`/t/${other.slug}${below}`);
    expect(theirs.status).toBe(404);
    expect(theirs).toEqual(await seen(`/t/no-such-company${below}`));
  }
});
