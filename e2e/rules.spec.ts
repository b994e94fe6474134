// Rules: written and tried before they are saved, put in order, removed and put back, made of a mail that is stuck.
import type { Page } from "@playwright/test";
import { configOf, recipientOf, refuse } from "./company-world";
import { type Company, enterAs, expect, takenOver, test } from "./fixtures";
import type { Owner } from "./owner";

const paste = (company: Company, subject = "Your invoice 4711") =>
  `Return-Path: <anna@partner.example>\nFrom: Anna <anna@partner.example>\nTo: ${recipientOf(company)}\nSubject: ${subject}\n\nwords`;
const to = (company: Company, name: string) => `${name}@${company.domain}`;
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const tester = (page: Page) => page.getByRole("region", { name: /^Try / });
const items = (page: Page) =>
  page
    .getByRole("main")
    .getByRole("listitem")
    .filter({ has: page.getByText("When") });

/** Names in the order that the page shows. */
const inOrder = (page: Page) => items(page).getByRole("heading", { level: 2 }).allTextContents();

async function openRules(page: Page, owner: Owner, company: Company, role: "admin" | "operator" | "viewer" = "admin") {
  await enterAs(page, owner, company.person(role));
  await page.goto(`/t/${company.slug}/rules`);
}

const mailbox = { port: 9 };
const three = (company: Company) =>
  `${configOf(company, mailbox, mailbox)}    rules:
      - { name: first, when: { subject: "*first*" }, then: { hold: true } }
      - { name: second, when: { subject: "*second*" }, then: { redirect: [two@${company.domain}] } }
      - { name: third, when: { sizeOver: 5 MB }, then: { discard: "too large for us" } }
`;

test("a company without rules is told what they are for; a rule is begun with, tried before it is saved, and then stands", async ({
  page,
  owner,
  company,
}) => {
  await owner.bringIn(configOf(company, mailbox, mailbox));
  await openRules(page, owner, company);
  await expect(page.getByText("Rules send mail elsewhere")).toBeVisible();
  await expect(page.getByText("Mail over 25 MB is held")).toBeVisible();
  await page.getByRole("link", { name: "Begin with this" }).first().click();
  await expect(field(page, "Name")).toHaveValue("Invoices go to accounting");
  await expect(field(page, "Recipient")).toHaveValue("billing@*");
  await button(page, "Save").click();
  await expect(field(page, "Addresses")).toBeFocused();
  await expect(field(page, "Addresses")).toHaveAccessibleDescription(/Redirect is empty: write an address like/);
  await field(page, "Addresses").fill("nobody here");
  await expect(field(page, "Addresses")).toHaveAccessibleDescription(/“nobody” is no e-mail address/);
  await field(page, "Addresses").fill(`${to(company, "ann")}, ${to(company, "ben")}`);

  await field(page, "The mail with its headers").fill(paste(company));
  await button(page, "Try it").click();
  await expect(tester(page)).toContainText(`No rule takes it. It goes to ${recipientOf(company)}.`);
  await expect(tester(page)).toContainText(`doesn't fit: it is for ${recipientOf(company)}, not “billing@*”`);
  await field(page, "Recipient").fill("info@*");
  await button(page, "Add the condition Subject").click();
  await expect(field(page, "Subject")).toBeFocused();
  await field(page, "Subject").fill("*INVOICE*");
  await expect(tester(page)).toContainText("What is tried below was changed since");
  await button(page, "Try it").click();
  await expect(tester(page)).toContainText("“Invoices go to accounting” takes it.");
  const ann = tester(page)
    .getByRole("row")
    .filter({ hasText: to(company, "ann") });
  await expect(ann).toContainText("goes to Exchange");
  await expect(ann).toContainText(recipientOf(company));
  expect(await owner.db.prisma.rule.count({ where: { name: "Invoices go to accounting" } })).toBe(0);

  await button(page, "Save").click();
  await expect(page.getByRole("status").getByText("“Invoices go to accounting” is saved.")).toBeVisible();
  await expect(items(page)).toContainText("the recipient matches “info@*”, and the subject matches “*INVOICE*”");
  await field(page, "The mail with its headers").fill(paste(company));
  await button(page, "Try it").click();
  await expect(tester(page)).toContainText("“Invoices go to accounting” takes it.");
});

test("rules are moved by button and by keyboard, each with one entry in the audit log", async ({
  page,
  owner,
  company,
}) => {
  await owner.bringIn(three(company));
  await openRules(page, owner, company);
  await takenOver(button(page, "Move third up"));
  await button(page, "Move third up").click();
  await expect(page.getByText("“third” is now 2 of 3.")).toBeVisible();
  expect(await inOrder(page)).toEqual(["first", "third", "second"]);
  await expect(button(page, "Move third up")).toBeFocused();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(page.getByText("“third” is now 1 of 3.")).toBeVisible();
  await expect(button(page, "Move third down")).toBeFocused();
  await page.reload();
  expect(await inOrder(page)).toEqual(["third", "first", "second"]);

  // Somebody else moved one meanwhile: nothing is moved by what was seen before.
  await owner.db.pool.query(
    "update rule set position = 9 where name = 'third' and tenant_id = (select id from tenant where slug = $1)",
    [company.slug],
  );
  await takenOver(button(page, "Move second up"));
  await button(page, "Move second up").click();
  await expect(page.getByText(/Somebody changed the list meanwhile/)).toBeVisible();
  await expect.poll(() => inOrder(page)).toEqual(["first", "second", "third"]);

  await page.goto(`/t/${company.slug}/audit`);
  const moves = page.getByRole("row").filter({ hasText: "moved the rule" });
  await expect(moves).toHaveCount(2);
  await expect(moves.first()).toContainText("third");
  await expect(moves.first()).toContainText(/Where it stands 2 to→ 1/);
});

test("a rule is removed with a warning that says what it will do, and put back where it stood", async ({
  page,
  owner,
  company,
}) => {
  await owner.bringIn(three(company));
  await openRules(page, owner, company);
  await takenOver(button(page, "Remove second"));
  await button(page, "Remove second").click();
  const dialog = page.getByRole("dialog", { name: "Remove “second”?" });
  await expect(dialog).toContainText(`is not sent to two@${company.domain} instead any more`);
  await dialog.getByRole("button", { name: "Remove it" }).click();
  await expect(page.getByText("“second” is removed.")).toBeVisible();
  await expect.poll(() => inOrder(page)).toEqual(["first", "third"]);
  await button(page, "Undo").click();
  await expect(page.getByText("“second” is back where it stood: 2 of 3.")).toBeVisible();
  await expect.poll(() => inOrder(page)).toEqual(["first", "second", "third"]);
});

test("a name that is taken and a redirect that would loop are refused at their fields; what was typed stays", async ({
  page,
  owner,
  company,
}) => {
  await owner.bringIn(`${configOf(company, mailbox, mailbox)}    rules:
      - { name: there, when: { recipient: a@${company.domain} }, then: { redirect: [b@${company.domain}] } }
`);
  await openRules(page, owner, company);
  await page.getByRole("link", { name: "Add a rule" }).click();
  await takenOver(button(page, "Save"));
  await button(page, "Save").click();
  await expect(page.getByText("Choose at least one condition below.")).toBeVisible();
  await field(page, "Name").fill("there");
  await button(page, "Add the condition Recipient").click();
  await field(page, "Recipient").fill(to(company, "b"));
  await field(page, "Addresses").fill(to(company, "a"));
  await button(page, "Save").click();
  await expect(field(page, "Name")).toBeFocused();
  await expect(field(page, "Name")).toHaveAccessibleDescription(/Another rule is named “there” already/);
  await field(page, "Name").fill("back");
  await button(page, "Save").click();
  await expect(field(page, "Addresses")).toBeFocused();
  await expect(field(page, "Addresses")).toHaveAccessibleDescription(
    new RegExp(`would loop: back → there comes back to ${to(company, "b")}\\. Send it elsewhere`),
  );
  await expect(field(page, "Recipient")).toHaveValue(to(company, "b"));
});

test("two people edit one rule: the second sees both versions and chooses", async ({ page, owner, company }) => {
  await owner.bringIn(three(company));
  await openRules(page, owner, company);
  await page.getByRole("link", { name: "second", exact: true }).click();
  await takenOver(button(page, "Save"));
  await field(page, "Subject").fill("*mine*");
  await owner.db.pool.query(
    `update rule set conditions = '{"subject": "*theirs*"}', version = version + 1, updated_by = 'Somebody else'
     where name = 'second' and tenant_id = (select id from tenant where slug = $1)`,
    [company.slug],
  );
  await button(page, "Save").click();
  await expect(page.getByText(/Somebody else saved this rule on/)).toBeVisible();
  const row = page.getByRole("row").filter({ hasText: "When" });
  await expect(row).toContainText("theirs");
  await expect(row).toContainText("mine");
  await button(page, "Overwrite with mine").click();
  await expect(page.getByText("“second” is saved.")).toBeVisible();
  await expect(items(page).nth(1)).toContainText("*mine*");
});

test("a mail in BADMAIL leads to a rule that is filled in and tried on that mail", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  await refuse({ owner, company, exchange, pop3 }, "For somebody who left");
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/badmail`);
  await page.getByRole("link", { name: "Make a rule of this" }).click();
  await expect(field(page, "Name")).toHaveValue(`Mail for ${recipientOf(company)}`);
  await expect(field(page, "Recipient")).toHaveValue(recipientOf(company));
  await field(page, "Addresses").fill(to(company, "new"));
  await expect(tester(page).getByRole("button", { name: /For somebody who left/, pressed: true })).toBeVisible();
  await button(page, "Try it").click();
  await expect(tester(page)).toContainText(`It goes to ${to(company, "new")}.`);
  await field(page, "Find a mail").fill("no such subject");
  await expect(tester(page).getByText("None of them fits “no such subject”.")).toBeVisible();
  await button(page, "Save").click();
  await expect(page.getByText(`“Mail for ${recipientOf(company)}” is saved.`)).toBeVisible();
});

test("a viewer reads the list and tries a pasted mail, and finds nothing that changes or shows collected mail", async ({
  page,
  owner,
  company,
}) => {
  await owner.bringIn(three(company));
  await openRules(page, owner, company, "viewer");
  expect(await inOrder(page)).toEqual(["first", "second", "third"]);
  await expect(page.getByText("Admins of this company change them.")).toBeVisible();
  for (const name of [/^Move/, /^Remove/, /collected/]) await expect(page.getByRole("button", { name })).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Add a rule" })).toHaveCount(0);
  await expect(page.getByRole("radio")).toHaveCount(0);
  await takenOver(button(page, "Try it"));
  await field(page, "The mail with its headers").fill(paste(company, "The second letter"));
  await field(page, "Size").fill("much");
  await button(page, "Try it").click();
  await expect(field(page, "Size")).toHaveAccessibleDescription(/“much” is no size/);
  await field(page, "Size").fill("6 MB");
  await button(page, "Try it").click();
  await expect(tester(page)).toContainText(`“second” takes it. It goes to two@${company.domain}.`);
  await expect(tester(page)).toContainText("the subject is “The second letter”, not “*first*”");
  await expect(tester(page)).toContainText("isn't asked any more: a rule before it decided");
});
