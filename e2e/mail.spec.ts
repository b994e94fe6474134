// A mail's way as people see it: found and traced, decided upon, tried again when its server is back.
import { startExchange } from "../test/servers/exchange";
import { configOf, mailText, recipientOf, refuse } from "./company-world";
import { enterAs, expect, test } from "./fixtures";

test("a mail is found by search and traced from the mailbox to Exchange", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  pop3.add("box", mailText("Invoice 4711"));
  pop3.add("box", mailText("Something else"));
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(2, 30_000);
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}`);
  await page.getByRole("link", { name: "Messages" }).first().click();
  const search = page.getByRole("searchbox", { name: "Search mail" });
  for (const text of ["invoice 4711", "Invoice.4711@sender.example"]) {
    await search.fill(text);
    await search.press("Enter");
    await page.waitForURL((address) => address.searchParams.get("text") === text);
    await expect(page.getByRole("link", { name: "Something else" })).toHaveCount(0);
    await expect(page.getByRole("link", { name: "Invoice 4711" }).first()).toBeVisible();
  }
  for (const text of ["anna@sender.example", recipientOf(company)]) {
    await search.fill(text);
    await search.press("Enter");
    await page.waitForURL((address) => address.searchParams.get("text") === text);
    await expect(page.getByRole("link", { name: "Something else" }).first()).toBeVisible();
  }
  await page.getByRole("link", { name: "Invoice 4711" }).first().click();
  await expect(page.getByRole("heading", { name: "Invoice 4711", level: 1 })).toBeVisible();
  const main = page.getByRole("main");
  await expect(main).toContainText("Collected from info");
  await expect(main.getByText("Accepted by Exchange").first()).toBeVisible();
  await expect(main).toContainText("Queued mail for delivery");
  await expect(main).toContainText(recipientOf(company));
});

test("a mail for an unknown address waits in BADMAIL and is released once Exchange knows it", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const { tenantId } = await refuse({ owner, company, exchange, pop3 }, "For a new colleague");
  const place = async () => (await owner.db.prisma.mail.findFirst({ where: { tenantId } }))?.place;
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}`);
  await page
    .getByRole("link", { name: /^BADMAIL/ })
    .first()
    .click();
  await expect(page.getByRole("main")).toContainText("5.1.10");
  expect(exchange.mails).toEqual([]);
  exchange.options.recipients = [recipientOf(company)];
  await page.getByRole("main").getByRole("button", { name: "Send again" }).click();
  const [mail] = await exchange.arrived(1, 30_000);
  expect(mail).toMatchObject({ subject: "For a new colleague", recipients: [recipientOf(company)] });
  await expect.poll(place).toBe("delivered");
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/audit`);
  await expect(
    page
      .getByRole("row")
      .filter({ hasText: company.person("operator") })
      .first(),
  ).toBeVisible();
});

test("mail waits while its server is away and goes at once with “Try all now”", async ({
  page,
  owner,
  company,
  pop3,
}) => {
  const before = await startExchange();
  const { port } = before;
  await before.stop();
  pop3.add("box", mailText("Patience"));
  await owner.bringIn(configOf(company, { port }, pop3));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const lane = async () => (await owner.db.prisma.lane.findFirst({ where: { tenantId } }))?.state;
  await expect.poll(lane, { timeout: 30_000 }).toBe("open");
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/queue`);
  await expect(page.getByRole("main")).toContainText("Patience");
  const back = await startExchange({ port });
  try {
    await page.getByRole("button", { name: /^Try all now/ }).click();
    const [mail] = await back.arrived(1, 30_000);
    expect(mail?.subject).toBe("Patience");
    // The server has the mail a moment before its answer is written down.
    await expect.poll(lane).toBe("closed");
    await page.goto(`/t/${company.slug}/exchange`);
    await expect(page.getByText("127.0.0.1 takes mail.")).toBeVisible();
  } finally {
    await back.stop();
  }
});
