// Setting up: from no tenant at all to the first mail delivered, by the form and by the keyboard alone; what was left is come
// back to, what was skipped is said, and known providers' servers are offered.
import type { Locator, Page } from "@playwright/test";
import type { ExchangeServer } from "../test/servers/exchange";
import type { Pop3Server } from "../test/servers/pop3";
import { configOf, mailText, recipientOf } from "./company-world";
import { type Company, enterAs, expect, takenOver, test } from "./fixtures";

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const press = (page: Page, name: string) => page.getByRole("button", { name, exact: true }).click();
const pane = (page: Page) => page.getByRole("region", { name: "Test" });
const heading = (page: Page, name: string | RegExp) =>
  expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
const steps = (page: Page) => page.getByRole("navigation", { name: "Setting up" });

/** The code at the beginning of the subject, as the postmaster reads it. */
const codeIn = async (exchange: ExchangeServer, n = 1): Promise<string> => {
  const subject = (await exchange.arrived(n, 30_000))
    .map((mail) => mail.subject)
    .find((one) => /^Code /.test(one ?? ""));
  return /^Code (\d{3} \d{3}):/.exec(subject ?? "")?.[1] ?? "";
};

async function fillExchange(page: Page, exchange: ExchangeServer, postmaster: string) {
  await field(page, "Exchange Server").fill("127.0.0.1");
  await field(page, "Postmaster").fill(postmaster);
  // A server of the story's own stands on a port of its own.
  await field(page, "IP port number").fill(String(exchange.port));
}

/** What a provider that is known would have filled in by one click. */
async function fillPlace(page: Page, pop3: Pop3Server, address: string) {
  await field(page, "Mailbox address").fill(address);
  await expect(field(page, "User name")).toHaveValue(address);
  await expect(field(page, "Name")).toHaveValue(address.slice(0, address.indexOf("@")));
  await page.getByRole("radio", { name: "POP3" }).check();
  await field(page, "Host").fill("127.0.0.1");
  await field(page, "Encryption").selectOption("off");
  await field(page, "Port").fill(String(pop3.port));
  await field(page, "User name").fill("box");
  await field(page, "Password").fill("box password");
}

test("a new tenant from nothing to its first mail delivered", async ({ page, owner, pop3, exchange, company }) => {
  test.slow();
  const slug = `n${company.slug}`;
  const postmaster = "postmaster@contoso.example";
  pop3.add("box", mailText("The first offer").replace("info@here.example", "info@contoso.example"));
  pop3.add("box", mailText("The second offer"));
  await enterAs(page, owner, await owner.makePlatformPerson("admin", "never typed here"));
  await page.goto("/tenants");
  await page.getByRole("link", { name: "New tenant" }).first().click();
  await heading(page, "New tenant");
  await takenOver(field(page, "Name"));
  await field(page, "Name").fill(`N ${company.slug}`);
  await field(page, "Short name").fill(slug);
  await press(page, "Create and go on");

  await heading(page, "Where the mail goes");
  await expect(steps(page).getByRole("link", { name: "Company done" })).toBeVisible();
  await fillExchange(page, exchange, postmaster);
  await press(page, "Test settings (email to postmaster)");
  await expect(pane(page).getByText(/Exchange took a mail like a notice/)).toBeVisible();
  await field(page, "Code from the mail's subject").fill(await codeIn(exchange));
  await press(page, "Check the code");
  await expect(pane(page).getByText(`Arrived: somebody reads what goes to ${postmaster}.`)).toBeVisible();
  await expect(pane(page).getByText("It counts as soon as these values are saved.")).toBeVisible();
  await press(page, "Save and go on");

  await heading(page, "Where the mail comes from");
  await fillPlace(page, pop3, "info@contoso.example");
  await press(page, "Test");
  await expect(pane(page).getByText(/signs in at 127\.0\.0\.1/)).toBeVisible();
  await press(page, "Save and go on");

  await heading(page, "Who gets the mail of info");
  await expect(field(page, "Address")).toHaveValue("info@contoso.example");
  const found = page.getByRole("region", { name: "What would be collected" });
  await expect(found.getByRole("listitem").filter({ hasText: "The second offer" })).toContainText(
    "info@contoso.example",
  );
  await press(page, "Save and go on");

  await heading(page, "Which mail to collect, and what stays at the provider");
  await expect(page.getByText(/The test found 2 mails/)).toBeVisible();
  expect(pop3.commands.filter((line) => /^(RETR|DELE)/i.test(line))).toEqual([]);
  await press(page, "Save and start collecting");

  await heading(page, "The first collecting");
  await expect(page.getByText("Mail flows: collected, and accepted by Exchange.")).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText("2 of 2 collected")).toBeVisible();
  const offers = exchange.mails.filter((mail) => /offer/.test(mail.subject ?? ""));
  expect(offers.map(({ recipients }) => recipients)).toEqual([["info@contoso.example"], ["info@contoso.example"]]);
  const { postmasterProvedAt } = await owner.db.prisma.exchange.findFirstOrThrow({
    where: { postmaster, port: exchange.port },
  });
  expect(postmasterProvedAt).not.toBeNull();
  await page.getByRole("link", { name: "To the overview" }).click();
  await expect(page.getByText("Mail is flowing.")).toBeVisible();
  await expect(page.getByText(/confirmed yet/)).toHaveCount(0);
});

test("a server that another company uses too is asked about in view, and gone on with", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  await owner.bringIn(configOf(company, exchange, pop3));
  await enterAs(page, owner, await owner.makePlatformPerson("admin", "never typed here"));
  await page.goto("/tenants/new");
  await takenOver(field(page, "Name"));
  await field(page, "Name").fill(`S ${company.slug}`);
  await field(page, "Short name").fill(`s${company.slug}`);
  await press(page, "Create and go on");
  await heading(page, "Where the mail goes");
  await takenOver(field(page, "Exchange Server"));
  await fillExchange(page, exchange, "postmaster@contoso.example");
  await press(page, "Save and go on");
  const asked = page.getByRole("status").filter({ hasText: "Another company here uses" });
  await expect(asked).toBeInViewport({ ratio: 1 });
  await asked.getByRole("button", { name: "It is ours, go on" }).click();
  await heading(page, "Where the mail comes from");
});

/** By keys alone: no pointer touches the page, and what has the focus is what a person sees marked. */
async function tabTo(page: Page, target: Locator, most = 80): Promise<void> {
  const isThere = () => target.evaluate((element) => element === document.activeElement);
  for (let n = 0; n < most; n += 1) {
    if (await isThere()) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`${target} is not reached by the keyboard`);
}

test("the same by the keyboard alone", async ({ page, owner, pop3, exchange, company }) => {
  test.slow();
  const slug = `k${company.slug}`;
  pop3.add("box", mailText("By keys"));
  await enterAs(page, owner, await owner.makePlatformPerson("admin", "never typed here"));
  await page.goto("/tenants/new");
  await takenOver(field(page, "Name"));
  const type = async (name: string, text: string) => {
    await tabTo(page, field(page, name));
    await page.keyboard.press("ControlOrMeta+a");
    await page.keyboard.type(text);
  };
  const go = async (name: string) => {
    await tabTo(page, page.getByRole("button", { name, exact: true }));
    await page.keyboard.press("Enter");
  };
  await type("Name", `K ${company.slug}`);
  await type("Short name", slug);
  await page.keyboard.press("Enter");

  await heading(page, "Where the mail goes");
  await takenOver(field(page, "Exchange Server"));
  await type("Exchange Server", "127.0.0.1");
  await type("IP port number", String(exchange.port));
  await type("Postmaster", "postmaster@contoso.example");
  await go("Test settings (email to postmaster)");
  await expect(field(page, "Code from the mail's subject")).toBeVisible({ timeout: 30_000 });
  await type("Code from the mail's subject", await codeIn(exchange));
  await page.keyboard.press("Enter");
  await expect(pane(page).getByText(/^Arrived: /)).toBeVisible();
  await go("Save and go on");

  await heading(page, "Where the mail comes from");
  await takenOver(field(page, "Mailbox address"));
  await type("Mailbox address", "info@contoso.example");
  await tabTo(page, page.getByRole("radio", { name: "IMAP" }));
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("radio", { name: "POP3" })).toBeChecked();
  await type("Host", "127.0.0.1");
  await tabTo(page, field(page, "Encryption"));
  await page.keyboard.type("None");
  await expect(field(page, "Encryption")).toHaveValue("off");
  await type("Port", String(pop3.port));
  await type("User name", "box");
  await type("Password", "box password");
  await go("Test");
  await expect(pane(page).getByText(/signs in at/)).toBeVisible({ timeout: 30_000 });
  await go("Save and go on");

  await heading(page, "Who gets the mail of info");
  await takenOver(field(page, "Address"));
  await go("Save and go on");

  await heading(page, "Which mail to collect, and what stays at the provider");
  await takenOver(page.getByRole("radio", { name: "Collect all of it" }));
  await go("Save and start collecting");
  await expect(page.getByText("Mail flows: collected, and accepted by Exchange.")).toBeVisible({ timeout: 40_000 });
  expect(exchange.mails.map(({ subject }) => subject)).toContain("By keys");
});

test("a catch-all: who gets each is seen before anything moves, and mail for nobody goes to the postmaster", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  await owner.bringIn(configOf(company, exchange, pop3).replace(/ {4}mailboxes:[\s\S]*/, ""));
  const postmaster = `postmaster@${company.domain}`;
  pop3.add("box", `Delivered-To: anna@${company.domain}\r\n${mailText("For Anna")}`);
  pop3.add("box", mailText("For nobody"));
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/setup/mailbox`);
  await takenOver(field(page, "Mailbox address"));
  await fillPlace(page, pop3, `catchall@${company.domain}`);
  await press(page, "Save and go on");
  await heading(page, "Who gets the mail of catchall");
  await takenOver(page.getByRole("radio", { name: "Whoever each mail was sent to" }));
  await page.getByRole("radio", { name: "Whoever each mail was sent to" }).check();
  await field(page, "Your domains").fill(company.domain);
  await press(page, "Show on the newest mails");
  const found = page.getByRole("region", { name: "What would be collected" });
  const row = (subject: string) => found.getByRole("listitem").filter({ hasText: subject });
  await expect(row("For Anna")).toContainText(`anna@${company.domain} by Delivered-To`);
  await expect(row("For nobody")).toContainText("held");
  await page.getByRole("radio", { name: /^Send it to the postmaster, as POPcon does/ }).check();
  await expect(pane(page).getByText(/Tested with other values/)).toBeVisible();
  await press(page, "Show on the newest mails");
  await expect(row("For nobody")).toContainText(postmaster);
  expect(pop3.commands.filter((line) => /^(RETR|DELE)/i.test(line))).toEqual([]);
  await press(page, "Save and go on");
  await press(page, "Save and start collecting");
  await expect(page.getByText("Mail flows: collected, and accepted by Exchange.")).toBeVisible({ timeout: 40_000 });
  const to = (subject: string) => exchange.mails.find((mail) => mail.subject === subject)?.recipients;
  expect(to("For Anna")).toEqual([`anna@${company.domain}`]);
  expect(to("For nobody")).toEqual([postmaster]);
});

test("can be left at each step and come back to; what is skipped is said, and only new mail can be collected", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const setup = `/t/${company.slug}/setup`;
  const yesterday = new Date(Date.now() - 86_400_000).toUTCString().replace("GMT", "+0000");
  pop3.add("box", `Received: from a by b; ${yesterday}\r\n${mailText("Long ago")}`);
  await enterAs(page, owner, company.person("admin"));
  await page.goto(setup);
  await page.getByRole("link", { name: "Set up Exchange" }).click();
  await heading(page, "Where the mail goes");
  await page.getByRole("link", { name: "Skip for now" }).click();
  await heading(page, "Where the mail comes from");
  await expect(steps(page).getByRole("link", { name: "Exchange skipped" })).toBeVisible();
  await takenOver(field(page, "Mailbox address"));
  await fillPlace(page, pop3, recipientOf(company));
  await press(page, "Save and go on");
  await heading(page, "Who gets the mail of info");

  await page.goto(`/t/${company.slug}`);
  await expect(page.getByText("Mail does not flow yet.")).toBeVisible();
  await page.goto(`/t/${company.slug}/mailboxes`);
  await expect(page.getByText("It is being set up: who gets its mail is still to be decided.")).toBeVisible();
  await page.goto(`${setup}/recipients`);
  await takenOver(field(page, "Address"));
  await press(page, "Save and go on");
  await heading(page, "Which mail to collect, and what stays at the provider");
  expect(pop3.commands.filter((line) => /^(RETR|TOP)/i.test(line))).toEqual([]);

  // Exchange was skipped, so that is the one thing to do next.
  await page.goto(setup);
  await expect(page.getByText("what was skipped stands here undone")).toBeVisible();
  await page.getByRole("link", { name: "Set up Exchange" }).click();
  await heading(page, "Where the mail goes");
  await takenOver(field(page, "Exchange Server"));
  await fillExchange(page, exchange, `postmaster@${company.domain}`);
  await press(page, "Save and go on");
  await heading(page, "Where the mail comes from: info");
  await page.goto(`${setup}/collect`);
  await takenOver(page.getByRole("radio", { name: "Only what is new from now on" }));
  await page.getByRole("radio", { name: "Only what is new from now on" }).check();
  await press(page, "Save and start collecting");
  await expect(page.getByText("All is ready.")).toBeVisible({ timeout: 40_000 });
  await expect(page.getByText("Left out, and listed with the mailbox")).toBeVisible();
  expect(pop3.list("box")).toHaveLength(1);
  expect(exchange.mails).toEqual([]);
});

test("a known provider's servers are offered and never fill themselves in", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/mailboxes/new`);
  await takenOver(field(page, "Mailbox address"));
  await field(page, "Host").fill("mine.contoso.example");
  await field(page, "Mailbox address").fill("anna@web.de");
  const offer = page.getByRole("region", { name: "WEB.DE" });
  await expect(offer).toContainText("imap.web.de, port 993, implicit TLS");
  await expect(offer.getByRole("link", { name: "Where this stands" })).toHaveAttribute("href", /ispdb\/web\.de\.xml$/);
  await expect(field(page, "Host")).toHaveValue("mine.contoso.example");
  await expect(field(page, "User name")).toHaveValue("anna");
  await offer.getByRole("button", { name: "Use POP3" }).click();
  await expect(field(page, "Host")).toHaveValue("pop3.web.de");
  await expect(field(page, "Port")).toHaveValue("995");
  await expect(page.getByRole("radio", { name: "POP3" })).toBeChecked();
  await expect(offer).toContainText("POP3 filled in");

  // What somebody typed stays when the address changes.
  await field(page, "Name").fill("reception");
  await field(page, "Mailbox address").fill("anna@outlook.com");
  await expect(page.getByRole("region", { name: /Outlook\.com/ })).toContainText("basic sign-in is switched off");
  await expect(page.getByRole("button", { name: /^Use / })).toHaveCount(0);
  await expect(field(page, "Name")).toHaveValue("reception");
  await expect(field(page, "Host")).toHaveValue("pop3.web.de");

  // A company's own domain tells nothing: its provider is chosen from the list.
  await field(page, "Mailbox address").fill(recipientOf(company));
  await field(page, "Provider").selectOption("Strato");
  await page.getByRole("button", { name: "Use IMAP" }).click();
  await expect(field(page, "Host")).toHaveValue("imap.strato.de");
  await expect(field(page, "User name")).toHaveValue(recipientOf(company));
  await expect(field(page, "Address")).toHaveValue(recipientOf(company));
});

const postmasterOf = (company: Company) => `postmaster@${company.domain}`;

test("Arrived? A wrong code proves nothing, the right one does, another address is unproved again", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  test.slow();
  pop3.add("box", mailText("An offer"));
  const config = configOf(company, exchange, pop3).replace("badmail: false", "badmail: true");
  await owner.bringIn(config);
  await exchange.arrived(1, 30_000);
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}`);
  const banner = page.getByText(`Nobody has confirmed yet that notices reach ${postmasterOf(company)}.`);
  await expect(banner).toBeVisible();
  await page.getByRole("link", { name: "Confirm it by a code" }).click();
  await expect(pane(page).getByText(/Nobody has confirmed yet that mail reaches/)).toBeVisible();
  await takenOver(page.getByRole("button", { name: "Test settings (email to postmaster)" }));
  await press(page, "Test settings (email to postmaster)");
  const code = await codeIn(exchange, 2);
  await expect(pane(page).getByText(/A mail is on its way to/)).toBeVisible();
  await expect(pane(page)).not.toContainText(code);
  await field(page, "Code from the mail's subject").fill("12345");
  await press(page, "Check the code");
  await expect(field(page, "Code from the mail's subject")).toHaveAccessibleDescription(/six digits/);
  await field(page, "Code from the mail's subject").fill(code === "000 000" ? "000 001" : "000 000");
  await press(page, "Check the code");
  await expect(field(page, "Code from the mail's subject")).toHaveAccessibleDescription(/not the code.*4 more tries/);

  // Left and come back to: the mail may have taken its time.
  await page.reload();
  await takenOver(field(page, "Code from the mail's subject"));
  await expect(pane(page).getByText(/A mail went on .* to/)).toBeVisible();
  await field(page, "Code from the mail's subject").fill(`Code ${code}:`);
  await press(page, "Check the code");
  await expect(pane(page).getByText(/^Arrived: /)).toBeVisible();
  await page.goto(`/t/${company.slug}`);
  await expect(page.getByText("Mail is flowing.")).toBeVisible();
  await expect(banner).toHaveCount(0);

  await page.goto(`/t/${company.slug}/exchange`);
  await expect(pane(page).getByText(/confirmed on .* that mail reaches/)).toBeVisible();
  await takenOver(field(page, "Postmaster"));
  await field(page, "Postmaster").fill(`it@${company.domain}`);
  await press(page, "Save");
  await expect(pane(page).getByText(/Nobody has confirmed yet that mail reaches/)).toBeVisible();
  await page.goto(`/t/${company.slug}`);
  await expect(page.getByText(`Nobody has confirmed yet that notices reach it@${company.domain}.`)).toBeVisible();
});

test("after an import: what is stopped, how much is in it and from when, and all of it started", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const received = (day: string) => `Received: from a by b; ${day} Nov 2026 08:00:00 +0000\r\n`;
  pop3.add("box", `${received("02")}${mailText("The oldest")}`);
  pop3.add("box", `${received("20")}${mailText("The newest")}`);
  const config = configOf(company, exchange, pop3);
  const second = config.slice(config.indexOf("      - name: info")).replace("name: info", "name: sales");
  const lacking = second.replace("username: box", "username: other").replace(/ {8}password:.*\n/, "");
  await owner.bringIn(config.replace("- name: info", "- name: info\n        stopped: true") + lacking);
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}`);
  await expect(page.getByText("Nothing is collected: all 2 mailboxes are stopped since an import.")).toBeVisible();
  await page.getByRole("link", { name: "Look and start" }).first().click();
  await heading(page, "Stopped since an import");
  await expect(page.getByText("2 mailboxes stopped. 1 lacks its password.")).toBeVisible();
  await takenOver(page.getByRole("button", { name: "Look into all" }));
  await press(page, "Look into all");
  const row = page.getByRole("row").filter({ hasText: "info" });
  await expect(row).toContainText(/2 ?\d+ bytes/, { timeout: 30_000 });
  await expect(row).toContainText("2 Nov");
  await expect(row).toContainText("20 Nov");
  await expect(row).toContainText("collects all of it, and deletes it there");
  expect(pop3.commands.filter((line) => /^(RETR|DELE)/i.test(line))).toEqual([]);
  await press(page, "Start all");
  const dialog = page.getByRole("dialog", { name: "Start 1 mailbox?" });
  await expect(dialog).toContainText(/2 mails \(.*\) are in it now, and will be collected and delivered to Exchange/);
  await expect(dialog).toContainText("In it mail is deleted at the provider once it is stored here.");
  await expect(dialog).toContainText("1 mailbox without a password stays stopped.");
  expect(exchange.mails).toEqual([]);
  await dialog.getByRole("button", { name: "Start 1 mailbox", exact: true }).click();
  await heading(page, "Mailboxes");
  await exchange.arrived(2, 30_000);
  await expect(page.getByText("1 mailbox is stopped since an import.")).toBeVisible();
});
