// Prepare Exchange: commands filled in from what the server and the newest mails tell, each with its undo, run by nobody.
import type { Page } from "@playwright/test";
import { configOf, mailText, recipientOf } from "./company-world";
import { type Company, enterAs, expect, test } from "./fixtures";

const open = (page: Page, company: Company) => page.goto(`/t/${company.slug}/exchange/prepare`);
const step = (page: Page, name: string) => page.getByRole("region", { name });
const connector = (page: Page) => step(page, "1. A receive connector for Mailferry alone");
const internal = (page: Page) => step(page, "2. Our servers and the provider's are no senders");

test("says what is missing before the first test, has the button for it, and fills the commands in after it", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  exchange.options.filter = "rcpt";
  exchange.options.recipients = [`postmaster@${company.domain}`];
  await owner.bringIn(configOf(company, exchange, pop3).replace("unknownRecipient: false", "unknownRecipient: true"));
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/exchange`);
  await page.getByRole("link", { name: "Prepare Exchange" }).click();
  await expect(page.getByRole("heading", { name: "Prepare Exchange", level: 1 })).toBeVisible();
  await expect(page.getByText("Ask an operator or admin of this company to test the settings.")).toBeVisible();
  await expect(page.getByRole("button", { name: /^Test settings/ })).toHaveCount(0);
  await expect(connector(page)).toContainText("Our address is not known yet");
  await expect(connector(page).getByRole("button", { name: "Copy the command of step 1" })).toHaveCount(0);

  await enterAs(page, owner, company.person("operator"));
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.reload();
  await page.getByRole("button", { name: "Test settings (email to postmaster)" }).click();
  await expect(page.getByText(/Exchange took a mail like a notice/)).toBeVisible();
  await expect(page.getByRole("table", { name: /Addresses by which the server greets/ })).toContainText("127.0.0.1");
  await expect(connector(page)).toContainText(
    `-Bindings '0.0.0.0:${exchange.port}' -RemoteIPRanges '127.0.0.1' -PermissionGroups AnonymousUsers -AuthMechanism Tls`,
  );
  await connector(page).getByRole("button", { name: "Copy the undo of step 1" }).click();
  await expect(connector(page).getByText("Copied")).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    'Remove-ReceiveConnector "$env:COMPUTERNAME\\Mailferry"',
  );
  const recipients = step(page, "3. Unknown addresses are refused");
  await expect(recipients).toContainText("Done: in the last test this server refused an address that nobody has.");
  await expect(recipients).toContainText(`-eq '${company.domain}' } | Set-AcceptedDomain -AddressBookEnabled $true`);
  await expect(step(page, "4. Both size limits")).toContainText("Set-TransportConfig -MaxReceiveSize 100MB");
});

test("lists the provider's servers of the newest mails with where they were seen, and its spam header", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  const received = (from: string, address: string, by: string) =>
    `Received: from ${from} (${from} [${address}])\r\n\tby ${by} (Postfix) with ESMTPS id 1;\r\n\tTue, 24 Nov 2026 02:14:00 +0000\r\n`;
  for (const n of [1, 2])
    pop3.add(
      "box",
      received("mx3.provider.example", "198.51.100.3", "store.provider.example") +
        received(`mail.sender${n}.example`, `203.0.113.${n}`, "mx3.provider.example") +
        `X-Spam-Flag: ${n === 1 ? "YES" : "NO"}\r\n` +
        mailText(`Mail ${n}`).replaceAll("sender.example", `sender${n}.example`),
    );
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(2, 30_000);
  await enterAs(page, owner, company.person("viewer"));
  await open(page, company);
  await expect(internal(page)).toContainText(
    "Set-TransportConfig -InternalSMTPServers @{Add='127.0.0.1','198.51.100.3'}",
  );
  await expect(internal(page)).toContainText(
    "Set-TransportConfig -InternalSMTPServers @{Remove='127.0.0.1','198.51.100.3'}",
  );
  await expect(internal(page)).not.toContainText("203.0.113.");
  const hop = internal(page).getByRole("row").filter({ hasText: "198.51.100.3" });
  await expect(hop).toContainText("mx3.provider.example");
  await expect(hop).toContainText("2 mails");
  await expect(step(page, "5. The provider's spam goes to Junk Email")).toContainText(
    "Your provider writes X-Spam-Flag: it stands in 2 of the newest 2 mails, and marks one of them as spam.",
  );
  await hop.getByRole("link", { name: /the newest/ }).click();
  await expect(page.getByRole("main")).toContainText("Collected from info");
  await expect(page.getByRole("main")).toContainText(recipientOf(company));
});

test("a failed test leads to what it means in Exchange and to the step that mends it", async ({
  page,
  owner,
  company,
  exchange,
  pop3,
}) => {
  exchange.options.requireAuth = true;
  await owner.bringIn(configOf(company, exchange, pop3));
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/exchange`);
  await page.getByRole("button", { name: "Test settings (email to postmaster)" }).click();
  await page.getByRole("link", { name: "What this means in Exchange" }).click();
  const found = page.getByText("What the test found: Client was not authenticated (530 5.7.57)");
  await expect(found).toBeVisible();
  const mend = page.getByRole("main").getByRole("link", { name: "Step 1: A receive connector for Mailferry alone" });
  await mend.first().click();
  await expect(page).toHaveURL(/#connector$/);
  await expect(connector(page)).toBeInViewport();
  // The last test's finding is known without the link, too.
  await open(page, company);
  await expect(found).toBeVisible();
  await page.getByText("Sender denied, for a mail like a notice (5.1.0)", { exact: true }).click();
  await expect(page.getByText("Set-SenderFilterConfig -BlankSenderBlockingEnabled $true")).toBeVisible();
});

test("is offered among the first steps, and sends one who has no server there first", async ({
  page,
  owner,
  company,
}) => {
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}`);
  await page.getByRole("link", { name: /Prepare Exchange/ }).click();
  await expect(page.getByText("No Exchange server is set up yet.")).toBeVisible();
  await expect(connector(page)).toContainText("Our address is not known yet");
  await page.getByRole("link", { name: "Set up Exchange" }).click();
  await expect(page.getByRole("heading", { name: "Exchange Server Configuration" })).toBeVisible();
});
