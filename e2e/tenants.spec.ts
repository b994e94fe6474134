// The provider's morning: who needs somebody, why and since when, the way to it; and one tenant's own overview.
import { startExchange } from "../test/servers/exchange";
import { startPop3 } from "../test/servers/pop3";
import { configOf, mailText, refuse } from "./company-world";
import { enterAs, expect, password, test } from "./fixtures";

test("an operator finds who needs somebody, follows it, searches, and keeps the filter in the address", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  test.slow();
  await refuse({ owner, company, exchange, pop3 }, "For a new colleague");
  const locked = await owner.makeCompany(`l${company.slug}`, password);
  const provider = await startPop3({ users: { box: "another password" } });
  const fresh = await owner.makeCompany(`n${company.slug}`, password);
  try {
    await owner.bringIn(configOf(locked, exchange, provider));
    const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: locked.slug } });
    const result = async () => (await owner.db.prisma.mailboxState.findFirst({ where: { tenantId } }))?.lastResult;
    await expect.poll(result, { timeout: 30_000 }).toBe("refused");

    await enterAs(page, owner, await owner.makePlatformPerson("operator", password));
    await page.goto("/tenants");
    const row = (name: string) => page.getByRole("row").filter({ hasText: name });
    await expect(row(locked.name)).toContainText("The sign-in to “info” is refused");
    await expect(row(locked.name)).toContainText(/for \d+ (second|minute)s?/);
    await expect(row(company.name)).toContainText("1 mail in BADMAIL");
    await expect(row(company.name)).toContainText(/newest (now|\d+ (second|minute)s? ago)/);
    // What needs nobody is a line, and one click away.
    await expect(row(fresh.name)).toHaveCount(0);
    await page
      .getByRole("list", { name: "Needs nobody" })
      .getByRole("link", { name: /Never set up/ })
      .click();
    await page.waitForURL((address) => address.searchParams.get("show") === "new");
    // The other stories' tenants are there as well: it may stand on a further page.
    await expect(async () => {
      if ((await row(fresh.name).count()) === 0) await page.getByRole("link", { name: "More tenants" }).click();
      await expect(row(fresh.name)).toBeVisible({ timeout: 3000 });
    }).toPass({ timeout: 30_000 });
    await expect(row(fresh.name)).toContainText("No Exchange server yet");
    await expect(row(locked.name)).toHaveCount(0);

    // One kind of trouble: the address says so, and a reload changes nothing.
    const causes = page.getByRole("navigation", { name: "Cause" });
    await causes.getByRole("link", { name: /^Sign-in refused/ }).click();
    await page.waitForURL((address) => address.searchParams.get("cause") === "sign-in");
    await expect(row(locked.name)).toBeVisible();
    await expect(row(company.name)).toHaveCount(0);
    await page.reload();
    await expect(row(locked.name)).toBeVisible();
    await expect(row(company.name)).toHaveCount(0);

    // To the mailbox itself, and back to the same filter.
    await row(locked.name).getByRole("link", { name: "The sign-in to “info” is refused" }).click();
    await expect(page.getByRole("heading", { name: /info/, level: 1 })).toBeVisible();
    await page.goBack();
    await expect(row(locked.name)).toBeVisible();
    await expect(causes.getByRole("link", { name: /^Sign-in refused/ })).toHaveAttribute("aria-current", "true");

    const search = page.getByRole("searchbox", { name: "Search by name" });
    await search.fill(company.slug);
    await search.press("Enter");
    await page.waitForURL((address) => address.searchParams.get("search") === company.slug);
    for (const one of [company, locked, fresh]) await expect(row(one.name)).toHaveCount(1);
    await expect(page.getByRole("main")).toContainText(/1 stands still, 1 needs you, of 3 found\./);
    await row(company.name).getByRole("link", { name: "1 mail in BADMAIL" }).click();
    await expect(page).toHaveURL(new RegExp(`/t/${company.slug}/badmail$`));

    await page.goto("/tenants?search=no-such-company");
    await expect(page.getByText("No tenant is called “no-such-company”")).toBeVisible();
    await page.getByRole("link", { name: "Back to all" }).click();
    await expect(row(locked.name)).toBeVisible();
  } finally {
    await provider.close();
    await owner.db.pool.query(
      "update mailbox_state set state = 'paused', due_at = null where tenant_id = (select id from tenant where slug = $1)",
      [locked.slug],
    );
  }
});

test("a member of two tenants sees these two and no other", async ({ page, owner, company }) => {
  const second = await owner.makeCompany(`m${company.slug}`, password);
  await owner.makeCompany(`x${company.slug}`, password);
  const email = company.person("viewer");
  const { id: personId } = await owner.db.prisma.person.findUniqueOrThrow({ where: { email } });
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: second.slug } });
  await owner.db.prisma.membership.create({ data: { tenantId, personId, role: "viewer" } });
  await enterAs(page, owner, email);
  await page.goto("/tenants");
  await expect(page.getByRole("main")).toContainText("Nobody needs you, of 2 tenants.");
  await page.goto("/tenants?show=all");
  await expect(page.getByRole("row").filter({ hasText: "Company" })).toHaveCount(2);
});

test("a tenant's overview: one sentence, the chart by hour, day and month, each end a row, and the button that helps", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  await refuse({ owner, company, exchange, pop3 }, "Refused");
  exchange.options.recipients = null;
  exchange.options.filter = "off";
  pop3.add("box", mailText("Taken"));
  await owner.db.pool.query(
    "update mailbox_state set due_at = now() where tenant_id = (select id from tenant where slug = $1)",
    [company.slug],
  );
  await exchange.arrived(1, 30_000);
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}`);
  await expect(page.getByRole("region", { name: "Is mail flowing?" })).toContainText(
    /Mail is flowing\.1 accepted by Exchange today/,
  );
  const chart = (span: string) =>
    page.getByRole("img", { name: `1 accepted by Exchange and 1 refused in the last ${span}` });
  await expect(chart("24 hours")).toBeVisible();
  const times = page.getByRole("navigation", { name: "Time shown" });
  for (const [tab, span] of [
    ["Hour", "hour"],
    ["30 days", "30 days"],
    ["Day", "24 hours"],
  ] as const) {
    await times.getByRole("link", { name: tab, exact: true }).click();
    await expect(chart(span)).toBeVisible();
  }
  const ends = page.getByRole("table", { name: "Server and mailboxes" });
  await expect(ends.getByRole("row").filter({ hasText: `127.0.0.1:${exchange.port}` })).toContainText("takes mail");
  await expect(ends.getByRole("row").filter({ hasText: "info" })).toContainText("POP3");
  await page.getByRole("link", { name: "Look at BADMAIL" }).click();
  await expect(page).toHaveURL(new RegExp(`/t/${company.slug}/badmail$`));
});

test("“Try all now” says what came of it: in vain, and then out", async ({ page, owner, company, pop3 }) => {
  const before = await startExchange();
  const { port } = before;
  await before.stop();
  pop3.add("box", mailText("Patience"));
  await owner.bringIn(configOf(company, { port }, pop3));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const lane = async () => (await owner.db.prisma.lane.findFirst({ where: { tenantId } }))?.state;
  await expect.poll(lane, { timeout: 30_000 }).toBe("open");
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}`);
  await page.getByRole("button", { name: "Try all now" }).click();
  await expect(
    page.getByText(/127\.0\.0\.1 was tried again, as asked at \d\d:\d\d, and still takes no mail/),
  ).toBeVisible();
  await page.goto(`/t/${company.slug}/queue`);
  const back = await startExchange({ port });
  try {
    await page.getByRole("button", { name: "Try all now" }).click();
    await expect(page.getByText("1 mail went out.")).toBeVisible({ timeout: 25_000 });
    await page.getByRole("button", { name: "Close" }).click();
    await expect(page.getByText("1 mail went out.")).toHaveCount(0);
  } finally {
    await back.stop();
  }
});
