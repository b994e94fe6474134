// The audit log, filtered and taken along; notices, what came of them, and who else is told.
import { readFile } from "node:fs/promises";
import { get } from "./calls";
import { configOf, mailText } from "./company-world";
import { enterAs, expect, password, takenOver, test } from "./fixtures";

test("somebody finds in the audit what Ben changed about the server, sends the address on, and takes the rows along", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
  url,
}) => {
  test.slow();
  await owner.bringIn(configOf(company, exchange, pop3));
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/exchange`);
  const retry = page.getByLabel("Retry failed emails");
  await takenOver(retry);
  await retry.fill("7");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(/Saved, /)).toBeVisible();
  await page.goto(`/t/${company.slug}/audit`);
  await page.getByLabel("Who", { exact: true }).fill("ADMIN@");
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Exchange server" });
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page).toHaveURL(/who=ADMIN%40&what=exchange/);
  const rows = page.getByRole("table").getByRole("row");
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText("saved the Exchange server 127.0.0.1");
  await expect(rows.nth(1)).toContainText(/Retry failed emails \d+ ?to ?→ ?7/);
  const file = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const taken = await file;
  expect(taken.suggestedFilename()).toMatch(new RegExp(`^audit-${company.slug}-.*\\.csv$`));
  await page.getByLabel("Until").fill("2020-01-01");
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(page.getByText("Nothing fits")).toBeVisible();
  await page.getByRole("link", { name: "Show all" }).first().click();
  await expect(rows.filter({ hasText: "added the mailbox" })).toHaveCount(1);
  // A password is never in it, whatever was saved.
  const all = await (
    await get({ url, cookie: await owner.cookieOf(company.person("admin")) }, `/api/t/${company.slug}/audit`)
  ).text();
  expect(all).toContain("changed");
  expect(all).not.toContain("box password");
  // The platform's people find the same under the tenant's short name.
  await enterAs(page, owner, await owner.makePlatformPerson("admin", password));
  await page.goto("/tenants/audit");
  await page.getByLabel("Where", { exact: true }).fill(company.slug);
  await page.getByLabel("What", { exact: true }).selectOption({ label: "Exchange server" });
  await page.getByRole("button", { name: "Show", exact: true }).click();
  await expect(rows.nth(1)).toContainText("saved the Exchange server 127.0.0.1");
  await expect(rows.nth(1)).toContainText(company.slug);
  const everywhere = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const path = await (await everywhere).path();
  expect(await readFile(path, "utf8")).toMatch(new RegExp(`Z","${company.slug}",".*","saved the Exchange server"`));
});

test("a colleague is told of held mail beside the postmaster, and the page says what became of both mails", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  test.slow();
  await owner.bringIn(configOf(company, exchange, pop3).replace("unknownRecipient: false", "unknownRecipient: true"));
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/notices`);
  await expect(page.getByText("Nobody was told anything yet")).toBeVisible();
  const address = page.getByLabel("Address", { exact: true });
  await takenOver(address);
  await address.fill("colleague@elsewhere.example");
  await page.getByRole("button", { name: "Add address" }).click();
  await expect(page.getByText("Choose at least one.")).toBeVisible();
  await page.getByLabel("unknown addresses").check();
  await page.getByRole("button", { name: "Add address" }).click();
  await expect(page.getByText("elsewhere.example is no domain that Mailferry collects for")).toBeVisible();
  await address.fill(`colleague@${company.domain}`);
  await page.getByRole("button", { name: "Add address" }).click();
  await expect(
    page.getByRole("row", { name: new RegExp(`colleague@${company.domain} unknown addresses`) }),
  ).toBeVisible();
  await page.getByRole("button", { name: "Send a test notice" }).click();
  const sent = page.getByRole("region", { name: "Test", exact: true });
  await expect(sent).toContainText(`A mail like a notice, to colleague@${company.domain}`, { timeout: 30_000 });
  await expect(sent).toContainText("Exchange took a mail like a notice", { timeout: 30_000 });
  // The server knows neither the mail's recipient nor the colleague.
  exchange.options.filter = "rcpt";
  exchange.options.recipients = [`postmaster@${company.domain}`];
  pop3.add("box", mailText("lost"));
  await page.goto(`/t/${company.slug}/mailboxes`);
  const answered = page.waitForResponse((response) => response.request().method() === "POST");
  await page.getByRole("button", { name: "Collect now: info" }).click();
  await answered;
  await page.goto(`/t/${company.slug}/notices`);
  const told = page
    .getByRole("table", { name: /Notices that were sent/ })
    .getByRole("row")
    .nth(1);
  await expect(async () => {
    await page.reload();
    await expect(told).toContainText("accepted by Exchange", { timeout: 1000 });
  }).toPass({ timeout: 45_000 });
  await expect(told).toContainText("Unknown address");
  await expect(told.getByRole("listitem").filter({ hasText: "colleague@" })).toContainText(/refused: 550/);
  await expect(told.getByRole("listitem").filter({ hasText: "postmaster@" })).toContainText("accepted by Exchange");
  await page.getByRole("button", { name: `Remove colleague@${company.domain}` }).click();
  await expect(page.getByRole("button", { name: `Remove colleague@${company.domain}` })).toHaveCount(0);
});
