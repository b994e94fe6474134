// A mailbox: tested before anything is collected, added with the question about what is there, collected now.
import type { Page } from "@playwright/test";
import type { Pop3Server } from "../test/servers/pop3";
import { configOf, mailText, recipientOf } from "./company-world";
import { type Company, enterAs, expect, password, test } from "./fixtures";

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const pane = (page: Page) => page.getByRole("region", { name: "Test" });

async function fillIn(page: Page, company: Company, pop3: Pop3Server) {
  await page.goto(`/t/${company.slug}/mailboxes/new`);
  await field(page, "Name").fill("info");
  await page.getByRole("radio", { name: "POP3" }).check();
  await expect(field(page, "Port")).toHaveValue("995");
  await field(page, "Host").fill("127.0.0.1");
  await expect(field(page, "Encryption")).toHaveAccessibleDescription(/Other programs call it SSL/);
  await field(page, "Encryption").selectOption("None");
  await expect(page.getByText("go over the network in clear text")).toBeVisible();
  await field(page, "Port").fill(String(pop3.port));
  await field(page, "User name").fill("box");
  await field(page, "Password").fill("box password");
  await field(page, "Address").fill(recipientOf(company));
}

test("is tested without collecting, added with what is there, and collected", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  await owner.bringIn(configOf(company, exchange, pop3).replace(/ {4}mailboxes:[\s\S]*/, ""));
  pop3.add("box", mailText("The first offer"));
  pop3.add("box", mailText("The second offer"));
  await enterAs(page, owner, company.person("admin"));
  await fillIn(page, company, pop3);
  await page.getByRole("button", { name: "Test", exact: true }).click();
  const found = page.getByRole("region", { name: "What would be collected" });
  await expect(found.getByRole("heading", { name: /^2 mails/ })).toBeVisible();
  await expect(found.getByRole("listitem").filter({ hasText: "The second offer" })).toContainText(recipientOf(company));
  await expect(found).toContainText("from Anna");
  await expect(pane(page)).not.toContainText("box password");
  expect(pop3.commands.filter((line) => /^(RETR|DELE)/i.test(line))).toEqual([]);
  await expect(page.getByText(/The test found 2 mails/)).toBeVisible();
  for (const name of ["Collect all of it", "Only what is new from now on", "What was received since …"])
    await expect(page.getByRole("radio", { name })).toBeVisible();
  await page.getByRole("radio", { name: "Collect all of it" }).check();
  await page.getByRole("button", { name: "Save and start collecting" }).click();
  await expect(page.getByRole("heading", { name: "info", level: 1 })).toBeVisible();
  const [first] = await exchange.arrived(2, 30_000);
  expect(first).toMatchObject({ recipients: [recipientOf(company)], sender: "anna@sender.example" });
  expect(exchange.mails.map((mail) => mail.subject).sort()).toEqual(["The first offer", "The second offer"]);

  await page.goto(`/t/${company.slug}/mailboxes`);
  pop3.add("box", mailText("The third offer"));
  await page.getByRole("button", { name: "Collect now: info" }).click();
  await exchange.arrived(3, 30_000);
  expect(exchange.mails.at(-1)?.subject).toBe("The third offer");
  await expect.poll(() => pop3.list("box").length).toBe(0);
});

test("can begin with what is new only, and lists what it left", async ({ page, owner, company, pop3, exchange }) => {
  await owner.bringIn(configOf(company, exchange, pop3).replace(/ {4}mailboxes:[\s\S]*/, ""));
  const yesterday = new Date(Date.now() - 86_400_000).toUTCString().replace("GMT", "+0000");
  pop3.add("box", `Received: from a by b; ${yesterday}\r\n${mailText("Long ago")}`);
  await enterAs(page, owner, company.person("admin"));
  await fillIn(page, company, pop3);
  await page.getByRole("radio", { name: "Only what is new from now on" }).check();
  await page.getByRole("button", { name: "Save and start collecting" }).click();
  await expect(page.getByRole("heading", { name: "info", level: 1 })).toBeVisible();
  // What is changed after a save is not saved either.
  for (const name of ["info mail", "info"]) {
    await field(page, "Name").fill(name);
    await expect(page.getByText("Not saved yet")).toBeVisible();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText(/Saved, /)).toBeVisible();
  }
  await expect.poll(async () => owner.db.prisma.identity.count({ where: { tenantId: await tenantOf() } })).toBe(1);
  await page.reload();
  await expect(page.getByText(/left out/).first()).toBeVisible();
  expect(exchange.mails).toEqual([]);
  expect(pop3.list("box")).toHaveLength(1);

  async function tenantOf() {
    return (await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } })).id;
  }
});

test("says what a wrong password and a wrong host are", async ({ page, owner, company, pop3 }) => {
  await enterAs(page, owner, company.person("admin"));
  await fillIn(page, company, pop3);
  await field(page, "Password").fill("another one");
  await page.getByRole("button", { name: "Test", exact: true }).click();
  await expect(field(page, "Password")).toHaveAccessibleDescription(/password/i);
  await expect(pane(page)).toContainText("-ERR");
  await field(page, "Host").fill("http://127.0.0.1");
  await page.getByRole("button", { name: "Save and start collecting" }).click();
  await expect(field(page, "Host")).toHaveAccessibleDescription(/Leave out http:\/\//);
});

test("one that another company collects is asked about, and saved all the same", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const other = await owner.makeCompany(`o${company.slug}`, password);
  await owner.bringIn(configOf(other, exchange, pop3));
  await enterAs(page, owner, company.person("admin"));
  await fillIn(page, company, pop3);
  await page.getByRole("button", { name: "Save and start collecting" }).click();
  const question = page.getByText(/Another company of this installation collects box at 127\.0\.0\.1 already/);
  await expect(question).toBeVisible();
  await expect(page.getByRole("main")).not.toContainText(other.slug);
  await page.getByRole("button", { name: "Don't save" }).click();
  await expect(question).toHaveCount(0);
  await page.getByRole("button", { name: "Save and start collecting" }).click();
  await page.getByRole("button", { name: "Save all the same" }).click();
  await expect(page.getByRole("heading", { name: "info", level: 1 })).toBeVisible();
});
