// "Where is the mail from X?": typed as people say it, found while they type, over one company and over all; and what is
// answered about a mail that never came.

import type { Page } from "@playwright/test";
import { makeMail } from "../test/mails";
import { type Company, enterAs, expect, test } from "./fixtures";
import type { Owner } from "./owner";

const tenantOf = async (owner: Owner, { slug }: Company): Promise<string> =>
  (await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug } })).id;

async function storeMail(owner: Owner, company: Company, subject: string, more: Record<string, unknown> = {}) {
  const tenantId = await tenantOf(owner, company);
  const mail = { subject, exchange_id: null, state: "settled", settled_at: new Date(), ...more };
  return makeMail(owner.db, { tenantId, exchangeId: "" }, { to: [[`info@${company.domain}`, "delivered"]], mail });
}

test("results come while somebody types, the address follows, and the keyboard is enough", async ({
  page,
  owner,
  company,
}) => {
  await storeMail(owner, company, "Quotation for 40 pumps", { message_id: "<q40@pumps.example>" });
  const wanted = await storeMail(owner, company, "Pumps: delivery date", { sender: "anna@pumps.example" });
  await storeMail(owner, company, "Holiday list");
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/messages`);
  await expect(page.getByRole("link", { name: "Holiday list" }).first()).toBeVisible();
  const box = page.getByRole("searchbox", { name: "Search mail" });
  // Once the page listens, the key leads to the box.
  await expect(async () => {
    await page.keyboard.press("/");
    await expect(box).toBeFocused({ timeout: 500 });
  }).toPass();
  await page.keyboard.type("date pumps");
  await expect(page.getByRole("link", { name: "Pumps: delivery date" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Holiday list" })).toHaveCount(0);
  await expect(page).toHaveURL(/text=date\+pumps/);
  await expect(page.getByRole("status").filter({ hasText: "found" })).toHaveText("1 mail found");
  await expect(box).toBeFocused();
  await expect(box).toHaveValue("date pumps");
  await page.keyboard.press("ArrowDown");
  await expect(page.getByRole("link", { name: "Pumps: delivery date" }).first()).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(box).toBeFocused();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(new RegExp(`/messages/${wanted}$`));
  await page.goBack();
  await expect(box).toHaveValue("date pumps");
});

test("days and states in words are shown as they were understood, and can be taken back", async ({
  page,
  owner,
  company,
}) => {
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  await storeMail(owner, company, "Waiting list of today", { collected_at: ago(0) });
  await storeMail(owner, company, "Offer of a month ago", { collected_at: ago(31) });
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/messages?text=${encodeURIComponent("last 3 days")}`);
  const understood = page.getByRole("region", { name: "How this was understood" });
  await expect(understood.getByRole("listitem")).toContainText(["Days"]);
  await expect(understood).toContainText("Days in Europe/Berlin.");
  await expect(page.getByRole("link", { name: "Waiting list of today" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Offer of a month ago" })).toHaveCount(0);
  await understood.getByRole("link", { name: /^Remove Days/ }).click();
  await expect(page.getByRole("link", { name: "Offer of a month ago" }).first()).toBeVisible();
  await expect(page.getByRole("searchbox")).toHaveValue("");

  await page.goto(`/t/${company.slug}/messages?text=waiting+list`);
  await expect(understood).toContainText("State Waiting");
  await expect(page.getByText("Mailferry has not seen such a mail")).toHaveCount(0);
  await understood.getByRole("link", { name: "as words" }).click();
  await expect(page.getByRole("searchbox")).toHaveValue('"waiting" list');
  await expect(page.getByRole("link", { name: "Waiting list of today" }).first()).toBeVisible();
});

test("what can be typed, and what the states mean, is one key away from the box", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/messages`);
  const help = page.getByRole("definition").filter({ hasText: "the days on which it was collected" });
  await expect(help).toBeHidden();
  await page.getByRole("checkbox", { name: "Notices, tests and copies too" }).focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await expect(help).toBeVisible();
  await expect(
    page.getByRole("definition").filter({ hasText: "the connection broke before Exchange answered" }),
  ).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(help).toBeHidden();
  await page.getByRole("navigation", { name: "State" }).getByRole("link", { name: "Merged" }).click();
  await expect(
    page.getByText(/^A second copy of a mail that was here already/).filter({ visible: true }),
  ).toBeVisible();
});

test("a Message-ID is found with its brackets and without", async ({ page, owner, company }) => {
  const subject = "The one with the name";
  await storeMail(owner, company, subject, { message_id: "<one.name@pumps.example>" });
  await storeMail(owner, company, "Another one");
  await enterAs(page, owner, company.person("viewer"));
  for (const typed of ["<one.name@pumps.example>", "one.name@pumps.example"]) {
    await page.goto(`/t/${company.slug}/messages?text=${encodeURIComponent(typed)}`);
    await expect(page.getByRole("link", { name: subject }).first()).toBeVisible();
    await expect(page.getByRole("link", { name: "Another one" })).toHaveCount(0);
  }
});

test("of a mail that never came it says per mailbox when it was polled without it, and which nobody looks into", async ({
  page,
  owner,
  company,
}) => {
  const tenantId = await tenantOf(owner, company);
  // With its state in one statement, so that the worker that runs beside has nothing to claim.
  const box = async (name: string, columns: string, values: string) => {
    const { rows } = await owner.db.pool.query<{ id: string }>(
      `with b as (insert into mailbox (tenant_id, name, protocol, host, port, username, recipient_mode)
         values ($1, $2, 'pop3', '127.0.0.1', 1, $2, 'single') returning tenant_id, id)
       insert into mailbox_state (tenant_id, mailbox_id, ${columns}) select tenant_id, id, ${values} from b
       returning mailbox_id as id`,
      [tenantId, name],
    );
    return rows[0]?.id ?? "";
  };
  await box("sales", "last_poll_at, last_result", "now(), 'nothing-new'");
  const stopped = await box("old", "state, reason", "'stopped', 'The password was refused too often.'");
  await owner.db.pool.query(
    "insert into identity (tenant_id, mailbox_id, uid, state) values ($1, $2, 'a', 'skipped'), ($1, $2, 'b', 'skipped')",
    [tenantId, stopped],
  );
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/messages?text=${encodeURIComponent("from:nobody@pumps.example yesterday")}`);
  await expect(page.getByText("Mailferry has not seen such a mail")).toBeVisible();
  await expect(page.getByText("One mailbox is not being looked into: it may lie there.")).toBeVisible();
  const sales = page.getByRole("row").filter({ hasText: "sales" });
  await expect(sales).toContainText("nothing new");
  const old = page.getByRole("row").filter({ hasText: "old" });
  await expect(old).toContainText("never yet");
  await expect(old).toContainText("The password was refused too often.");
  await old.getByRole("link", { name: "2 left out by “start”" }).click();
  await expect(page).toHaveURL(new RegExp(`/mailboxes/${stopped}$`));
});

test("over all companies: whose mail it is stands beside it, for people of the platform alone", async ({
  page,
  owner,
  company,
}) => {
  const other = await owner.makeCompany(`x${company.slug}`, "four words in a row");
  const token = `Berth${company.slug}`;
  await storeMail(owner, company, `${token} one`);
  const wanted = await storeMail(owner, other, `${token} two`, { sender: "anna@pumps.example" });
  await enterAs(page, owner, await owner.makePlatformPerson("viewer", "never typed here"));
  await page.goto("/tenants");
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Messages" }).click();
  await page.getByRole("searchbox", { name: "Search mail" }).fill(token);
  const rows = page.getByRole("table", { name: /Messages of all tenants/ }).getByRole("row");
  await expect(rows.filter({ hasText: token })).toHaveCount(2);
  await expect(rows.filter({ hasText: `${token} two` })).toContainText(other.name);
  await expect(page).toHaveURL(/zone=/);
  await page.getByRole("searchbox", { name: "Search mail" }).fill(`${token} from:anna@pumps.example`);
  await expect(rows.filter({ hasText: token })).toHaveCount(1);
  await page
    .getByRole("link", { name: `${token} two` })
    .first()
    .press("Enter");
  await expect(page).toHaveURL(new RegExp(`/t/${other.slug}/messages/${wanted}$`));

  await page.goto("/tenants/messages?text=xqxqxqxq");
  await expect(page.getByText("No tenant’s mailbox brought such a mail")).toBeVisible();

  await enterAs(page, owner, company.person("admin"));
  const refused = await page.goto("/tenants/messages");
  expect(refused?.status()).toBe(404);
});

test.describe("with a browser elsewhere", () => {
  test.use({ timezoneId: "Asia/Tokyo" });

  test("the zone of all times is named, from the beginning: a company's own, and over all companies the reader's", async ({
    page,
    owner,
    company,
  }) => {
    await enterAs(page, owner, await owner.makePlatformPerson("viewer", "never typed here"));
    await page.goto("/tenants/messages");
    await expect(page.getByText("Times in Asia/Tokyo.")).toBeVisible();
    for (const path of ["", "/messages", "/queue", "/mailboxes", "/exchange/prepare"]) {
      await page.goto(`/t/${company.slug}${path}`);
      await expect(page.getByText(/Times in Europe\/Berlin/)).toHaveCount(1);
    }
  });
});

test("a search that takes its time says how far back it looked, and goes on from there", async ({
  page,
  owner,
  company,
}) => {
  const subject = "Valves of long ago";
  const first = await storeMail(owner, company, subject, { collected_at: "2024-03-05T10:00:00Z" });
  await storeMail(owner, company, "Valves of a while ago", { collected_at: "2024-06-05T10:00:00Z" });
  // More newer ones than are looked at as they come.
  await owner.db.pool.query(
    `insert into mail (tenant_id, kind, body_id, sender, subject, size, place, state, collected_at)
     select tenant_id, 'collected', body_id, 'many@else.example', 'of many', 1, 'delivered', 'settled', '2024-06-20'
     from mail, generate_series(1, 5000) where id = $1`,
    [first],
  );
  await enterAs(page, owner, company.person("viewer"));
  await searchLate(page, owner, `/t/${company.slug}/messages?text=valves+ago`);
  await expect(page.getByRole("link", { name: "Valves of a while ago" }).first()).toBeVisible();
  await expect(page.getByRole("link", { name: subject })).toHaveCount(0);
  await expect(page.getByText("Searched back to 1 Jun 2024, 02:00 so far")).toBeVisible();
  await expect(page.getByRole("status").filter({ hasText: "found" })).toHaveText("1 mail found so far");

  await searchLate(page, owner, `/t/${company.slug}/messages?text=valves+long`);
  await expect(page.getByText("Nothing found so far", { exact: true })).toBeVisible();
  await expect(page.getByText("Mailferry has not seen such a mail")).toHaveCount(0);
  await expect(page.getByRole("status").filter({ hasText: "found" })).toHaveText("No mail found so far");
  await page.getByRole("link", { name: "Search further back" }).click();
  await expect(page.getByRole("link", { name: subject }).first()).toBeVisible();

  // When all was searched, it says so as if it had been searched at once.
  await searchLate(page, owner, `/t/${company.slug}/messages?text=valves+never`);
  await page.getByRole("link", { name: "Search further back" }).click();
  await expect(page.getByText("Mailferry has not seen such a mail")).toBeVisible();
});

/** The page's search has to wait for longer than who types does. */
async function searchLate(page: Page, owner: Owner, path: string) {
  const other = await owner.db.pool.connect();
  await other.query("begin; lock table mail_search in access exclusive mode");
  try {
    const going = page.goto(path);
    await expect(async () => {
      const { rows } = await owner.db.pool.query(
        `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%portal_search%'
           and clock_timestamp() > query_start + interval '0.3 s'`,
      );
      expect(rows.length).toBeGreaterThan(0);
    }).toPass({ timeout: 30_000 });
    await other.query("rollback");
    await going;
  } finally {
    await other.query("rollback");
    other.release();
  }
}
