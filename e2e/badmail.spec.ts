// BADMAIL as people decide about it: a trial first, many at once with the number said, and all of it by keyboard.
import type { Locator, Page } from "@playwright/test";
import type { ExchangeServer } from "../test/servers/exchange";
import type { Pop3Server } from "../test/servers/pop3";
import { configOf, mailText, recipientOf } from "./company-world";
import { type Company, enterAs, expect, takenOver, test } from "./fixtures";
import type { Owner } from "./owner";

interface World {
  owner: Owner;
  company: Company;
  exchange: ExchangeServer;
  pop3: Pop3Server;
}

/** Mails for an address that the company's server doesn't know: all in BADMAIL when this is done. */
async function refused({ owner, company, exchange, pop3 }: World, subjects: string[]): Promise<string> {
  exchange.options.filter = "rcpt";
  exchange.options.recipients = [];
  for (const subject of subjects) pop3.add("box", mailText(subject));
  await owner.bringIn(configOf(company, exchange, pop3));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  await expect
    .poll(() => owner.db.prisma.mail.count({ where: { tenantId, place: "badmail" } }), { timeout: 30_000 })
    .toBe(subjects.length);
  return tenantId;
}

const placesOf = (owner: Owner, tenantId: string) => async () =>
  (await owner.db.prisma.mail.findMany({ where: { tenantId, kind: "collected" }, orderBy: { subject: "asc" } })).map(
    ({ subject, place }) => `${subject} ${place}`,
  );
const button = (page: Page | Locator, name: string | RegExp) => page.getByRole("button", { name });

test("a trial that is refused again leaves the others where they are; one that is accepted lets them follow", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  const tenantId = await refused({ owner, company, exchange, pop3 }, ["One", "Three", "Two"]);
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/badmail`);
  await expect(page.getByRole("heading", { name: `3 mails: Exchange doesn't know the address` })).toBeVisible();
  await takenOver(button(page, "Send one as a trial"));
  await button(page, "Send one as a trial").click();
  const again = page.getByRole("alert").filter({ hasText: "was refused again." });
  await expect(again).toContainText("The other 2 stay here. Change what the server names, then try again.");
  await expect(again).toContainText("5.1.10");
  await expect(button(page, /^Send the other/)).toHaveCount(0);
  await expect.poll(placesOf(owner, tenantId)).toEqual(["One badmail", "Three badmail", "Two badmail"]);
  const tries = await owner.db.prisma.mail.findMany({ where: { tenantId }, orderBy: { attempts: "asc" } });
  expect(tries.map(({ attempts }) => attempts)).toEqual([1, 1, 2]);

  exchange.options.recipients = [recipientOf(company)];
  await again.getByRole("button", { name: "Close" }).click();
  await button(page, "Send one as a trial").click();
  await expect(page.getByRole("status").filter({ hasText: "was accepted by Exchange." })).toBeVisible();
  await button(page, "Send the other 2").click();
  await exchange.arrived(3, 30_000);
  await expect.poll(placesOf(owner, tenantId)).toEqual(["One delivered", "Three delivered", "Two delivered"]);
});

test("many are deleted only with their number typed, and the audit log keeps each", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  const tenantId = await refused({ owner, company, exchange, pop3 }, ["One", "Three", "Two"]);
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/badmail`);
  await page.getByRole("link", { name: "Look at them" }).click();
  await takenOver(page.getByRole("checkbox", { name: "Choose all on this page" }));
  await page.getByRole("checkbox", { name: "Choose all on this page" }).check();
  await page.getByRole("checkbox", { name: /^Choose “Two”/ }).uncheck();
  await expect(page.getByRole("status").filter({ hasText: "2 mails chosen" })).toBeVisible();
  await button(page, "Delete").click();
  const dialog = page.getByRole("dialog", { name: "Delete 2 mails for good?" });
  await expect(dialog).toContainText("erased with their bodies, and this can’t be undone");
  await button(dialog, "Delete 2 mails").click();
  await expect(dialog.getByRole("alert")).toContainText("Type “delete 2” to go on.");
  expect(await placesOf(owner, tenantId)()).toEqual(["One badmail", "Three badmail", "Two badmail"]);
  await dialog.getByLabel("Type “delete 2”").fill("delete 2");
  await button(dialog, "Delete 2 mails").click();
  await expect(page.getByText("2 mails deleted.")).toBeVisible();
  expect(await placesOf(owner, tenantId)()).toEqual(["One deleted", "Three deleted", "Two badmail"]);
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/audit`);
  const entries = page.getByRole("row").filter({ hasText: "deleted the mail" });
  await expect(entries).toHaveCount(2);
  await expect(entries.filter({ hasText: "Three" })).toContainText(recipientOf(company));
});

test("a mail that is sent to another address leads to its own page, which says who sent it there", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  await refused({ owner, company, exchange, pop3 }, ["For somebody who left"]);
  const heir = `heir@${company.domain}`;
  exchange.options.recipients = [heir];
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/badmail`);
  await takenOver(button(page, "Send to another address"));
  await button(page, "Send to another address").click();
  const dialog = page.getByRole("dialog", { name: "Send 1 mail to another address" });
  await dialog.getByLabel("Address on your Exchange server").fill(heir);
  await button(dialog, "Send 1 mail").click();
  await expect(page.getByText("1 mail on its way to Exchange.")).toBeVisible();
  await page.getByRole("link", { name: "Look at the mail" }).click();
  await expect(page.getByRole("heading", { name: "For somebody who left", level: 1 })).toBeVisible();
  await expect(page.getByRole("main")).toContainText(`Sent to ${heir} instead of ${recipientOf(company)}.`);
  const [mail] = await exchange.arrived(1, 30_000);
  expect(mail?.recipients).toEqual([heir]);
});

/** By Tab alone, as far as it takes. */
async function tabTo(page: Page, what: Locator): Promise<void> {
  await takenOver(what);
  for (let n = 0; n < 120; n += 1) {
    if (await what.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("Tab never comes to it");
}

test("BADMAIL is looked at, chosen and released by keyboard alone", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  const tenantId = await refused({ owner, company, exchange, pop3 }, ["One", "Two"]);
  exchange.options.recipients = [recipientOf(company)];
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}`);
  await tabTo(page, page.getByRole("link", { name: /^BADMAIL/ }).first());
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/badmail$/);
  await tabTo(page, page.getByRole("link", { name: "Look at them" }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/badmail\/.+/);
  await tabTo(page, page.getByRole("checkbox", { name: /^Choose “Two”/ }));
  await page.keyboard.press("Space");
  await expect(page.getByRole("status").filter({ hasText: "1 mail chosen" })).toBeVisible();
  await page.keyboard.press("Shift+Tab");
  await page.getByRole("button", { name: "Send again" }).waitFor();
  for (let n = 0; n < 20 && !(await button(page, "Send again").evaluate((el) => el === document.activeElement)); n += 1)
    await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Enter");
  const dialog = page.getByRole("dialog", { name: "Send 1 mail again?" });
  await expect(dialog).toBeVisible();
  await tabTo(page, button(dialog, "Send 1 mail"));
  await page.keyboard.press("Enter");
  const [mail] = await exchange.arrived(1, 30_000);
  expect(mail?.subject).toBe("Two");
  await expect.poll(placesOf(owner, tenantId)).toEqual(["One badmail", "Two delivered"]);
  await expect(page.getByText("1 mail on its way to Exchange.")).toBeVisible();

  await tabTo(page, page.getByRole("link", { name: "All causes" }));
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/badmail$/);
  await tabTo(page, button(page, "Send again"));
  await page.keyboard.press("Enter");
  await exchange.arrived(2, 30_000);
  await expect(page.getByText(/was accepted by Exchange/)).toBeVisible();
});
