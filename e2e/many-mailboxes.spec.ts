// A provider moves its server: mailboxes of several tenants are found, looked through, and changed together.
import type { Page } from "@playwright/test";
import { type Company, enterAs, expect, password, takenOver, test } from "./fixtures";
import type { Owner } from "./owner";

interface Box {
  name: string;
  more?: string;
}

const hosts = (company: Company) => ({
  old: `imap.old-${company.slug}.example`,
  fresh: `imap.new-${company.slug}.example`,
});

/** Paused, so that nobody dials these hosts. */
const boxes = (company: Company, host: string, given: Box[]): string =>
  `version: 1
tenants:
  - slug: ${company.slug}
    mailboxes:
${given.map(({ name, more = "" }) => `      - { name: ${name}, protocol: imap, host: ${host}, username: ${name}, password: box password, paused: true, ${more}recipients: { mode: single, address: ${name}@${company.domain} } }`).join("\n")}
`;

async function twoTenants(owner: Owner, company: Company): Promise<Company> {
  const { old } = hosts(company);
  const other = await owner.makeCompany(`z${company.slug}`, password);
  await owner.bringIn(boxes(company, old, [{ name: "info" }, { name: "sales" }]));
  await owner.bringIn(boxes(other, old, [{ name: "post" }, { name: "unchecked", more: "certificate: any, " }]));
  return other;
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const row = (page: Page, name: string) => page.getByRole("row").filter({ hasText: name });

async function chooseAllAt(page: Page, host: string) {
  await page.goto("/tenants");
  await page.getByRole("link", { name: "Mailboxes" }).first().click();
  await page.getByLabel("Host", { exact: true }).fill(host);
  await button(page, "Show").click();
  await page.waitForURL((address) => address.searchParams.get("host") === host);
  const all = page.getByRole("checkbox", { name: "Choose all on this page" });
  await takenOver(all);
  await all.check();
}

const storedHosts = async (owner: Owner, names: string[]) => {
  const rows = await owner.db.prisma.mailbox.findMany({ where: { host: { in: names } }, orderBy: { name: "asc" } });
  return rows.map(({ name, host }) => `${name} ${host}`);
};

test("a provider's new host is given to mailboxes of two tenants: shown first, named, audited in each, and changed back", async ({
  page,
  owner,
  company,
}) => {
  const { old, fresh } = hosts(company);
  const other = await twoTenants(owner, company);
  await enterAs(page, owner, await owner.makePlatformPerson("admin", password));
  await chooseAllAt(page, old);
  await expect(page.getByRole("status").filter({ hasText: "4 mailboxes chosen" })).toBeVisible();

  await button(page, "Change settings").click();
  const form = page.getByRole("main").locator("form").filter({ hasText: "Nothing is changed before" });
  await button(page, "Show what will change").click();
  await expect(form.getByText(/Fill in what should be different/)).toBeVisible();
  await form.getByLabel("Host", { exact: true }).fill("not a host");
  await button(page, "Show what will change").click();
  await expect(form.getByLabel("Host", { exact: true })).toHaveAccessibleDescription(
    /“not a host” is neither a host name/,
  );
  await form.getByLabel("Host", { exact: true }).fill(fresh);
  await form.getByLabel("Poll every").fill("600");
  await button(page, "Show what will change").click();

  await expect(page.getByRole("heading", { name: "What will change in 3 mailboxes" })).toBeFocused();
  await expect(page.getByRole("region", { name: "What can’t be changed, and why" })).toContainText(
    `Its stored password would go to ${fresh}:993 whoever answers there`,
  );
  const lines = page.getByRole("region", { name: "What will change", exact: true });
  for (const name of ["info", "sales", "post"])
    await expect(lines.getByRole("row").filter({ hasText: name })).toContainText(`Host ${old} to→ ${fresh}`);
  await expect(lines.getByRole("row").filter({ hasText: "info" })).toContainText("300 seconds to→ 600 seconds");
  await expect(page.getByText(`3 stored passwords go along to ${fresh}`)).toBeVisible();
  await button(page, "Change 3 mailboxes").click();
  await expect(page.getByRole("alert").filter({ hasText: `Type “${fresh}” to go on.` })).toBeVisible();
  expect(await storedHosts(owner, [fresh])).toEqual([]);
  await page.getByLabel("Type the new host").fill(fresh);
  await button(page, "Change 3 mailboxes").click();

  await expect(page.getByText("3 mailboxes changed.")).toBeVisible();
  expect(await storedHosts(owner, [old, fresh])).toEqual([
    `info ${fresh}`,
    `post ${fresh}`,
    `sales ${fresh}`,
    `unchecked ${old}`,
  ]);
  const tab = await page.context().newPage();
  for (const [slug, count] of [
    [company.slug, 2],
    [other.slug, 1],
  ] as const) {
    await tab.goto(`/t/${slug}/audit`);
    const entries = tab.getByRole("row").filter({ hasText: "changed many mailboxes at once" });
    await expect(entries).toHaveCount(count);
    await expect(entries.first()).toContainText(new RegExp(`password for ${old}:993 to→ for ${fresh}:993`, "i"));
  }
  await tab.close();

  await button(page, "Change back").click();
  await expect(page.getByText("3 mailboxes changed back.")).toBeVisible();
  expect(await storedHosts(owner, [fresh])).toEqual([]);
});

test("when all of them left the old host, the list is empty and the way back is still there", async ({
  page,
  owner,
  company,
}) => {
  const { old, fresh } = hosts(company);
  await owner.bringIn(boxes(company, old, [{ name: "info" }, { name: "sales" }]));
  const email = await owner.makePlatformPerson("admin", password);
  await enterAs(page, owner, email);
  await chooseAllAt(page, old);
  await button(page, "Change settings").click();
  await page.getByLabel("Host", { exact: true }).last().fill(fresh);
  await button(page, "Show what will change").click();
  await page.getByLabel("Type the new host").fill(fresh);
  await button(page, "Change 2 mailboxes").click();
  await expect(page.getByText("2 mailboxes changed.")).toBeVisible();
  await expect(page.getByText("No mailbox fits")).toBeVisible();
  // An old session, by now.
  await owner.db.pool.query(
    `update session set confirmed_at = now() - interval '1 hour'
     where person_id = (select id from person where email = $1)`,
    [email],
  );
  await button(page, "Change back").click();
  const proof = page.getByRole("dialog", { name: "Is it you?" });
  await proof.getByLabel("Your password").fill(password);
  await button(page, "Go on").click();
  await expect(page.getByText("2 mailboxes changed back.")).toBeVisible();
  await expect(row(page, "sales").first()).toContainText(old);
});

test("what somebody changed meanwhile is not changed, says so, and stays chosen", async ({ page, owner, company }) => {
  const { old } = hosts(company);
  await twoTenants(owner, company);
  await enterAs(page, owner, await owner.makePlatformPerson("admin", password));
  await chooseAllAt(page, old);
  await button(page, "Change settings").click();
  await page.getByLabel("Poll every").fill("900");
  await button(page, "Show what will change").click();
  await expect(page.getByRole("heading", { name: "What will change in 4 mailboxes" })).toBeVisible();
  await owner.db.pool.query(
    "update mailbox set version = version + 1, updated_by = 'Somebody else' where host = $1 and name = 'sales'",
    [old],
  );
  await button(page, "Change 4 mailboxes").click();
  await expect(page.getByText("3 mailboxes changed, 1 not.")).toBeVisible();
  await expect(row(page, "sales").first()).toContainText("Somebody else changed it meanwhile");
  await expect(page.getByRole("checkbox", { name: /^Choose sales/ })).toBeChecked();
  await expect(page.getByRole("checkbox", { name: /^Choose info/ })).not.toBeChecked();
});

test("an operator of the platform starts and pauses many, and changes no settings; a viewer only finds them", async ({
  page,
  owner,
  company,
}) => {
  const { old } = hosts(company);
  await twoTenants(owner, company);
  await enterAs(page, owner, await owner.makePlatformPerson("operator", password));
  await chooseAllAt(page, old);
  await expect(button(page, "Change settings")).toHaveCount(0);
  await button(page, "Pause").click();
  await expect(page.getByRole("heading", { name: "Nothing would change" })).toBeVisible();
  await expect(page.getByText("4 mailboxes are like this already.")).toBeVisible();
  await button(page, "Back to the list").click();
  await page.getByRole("checkbox", { name: /^Choose unchecked/ }).uncheck();
  await button(page, "Start").click();
  await expect(page.getByRole("region", { name: "What will change", exact: true })).toContainText(
    "paused to→ collecting",
  );
  await button(page, "Start 3 mailboxes").click();
  await expect(page.getByText("3 mailboxes started.")).toBeVisible();
  await button(page, "Pause them again").click();
  await expect(page.getByText("3 mailboxes changed back.")).toBeVisible();
  const states = await owner.db.prisma.$queryRaw`select distinct x.state from mailbox_state x
    join mailbox b on b.tenant_id = x.tenant_id and b.id = x.mailbox_id where b.host = ${old}`;
  expect(states).toEqual([{ state: "paused" }]);

  await enterAs(page, owner, await owner.makePlatformPerson("viewer", password));
  await page.goto(`/tenants/mailboxes?host=${old}`);
  await expect(page.getByRole("table")).toContainText("unchecked");
  await expect(page.getByRole("checkbox")).toHaveCount(0);
});

test("an operator of one tenant pauses all its mailboxes and starts them again", async ({ page, owner, company }) => {
  const { old } = hosts(company);
  await owner.bringIn(boxes(company, old, [{ name: "info" }, { name: "sales" }, { name: "post" }]));
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/mailboxes`);
  const start = button(page, "Start all 3 that are paused");
  await takenOver(start);
  await start.click();
  await button(page, "Start 3 mailboxes").click();
  await expect(page.getByText("3 mailboxes started.")).toBeVisible();
  await button(page, "Pause them again").click();
  await expect(page.getByText("3 mailboxes paused.")).toBeVisible();
  await expect(row(page, "sales")).toContainText("paused");
});
