// A company is closed by the provider, its people see that, closing is undone; and after 30 days nothing of it is left.
import { makeMail } from "../test/mails";
import { startExchange } from "../test/servers/exchange";
import { configOf, mailText, recipientOf } from "./company-world";
import { administrator, type Company, enterAs, expect, takenOver, test } from "./fixtures";
import type { Owner } from "./owner";

const days = (n: number) => n * 86_400_000;
const dayIn = (at: Date) =>
  new Intl.DateTimeFormat("en-GB", {
    day: "numeric",
    month: "short",
    year: "numeric",
    timeZone: "Europe/Berlin",
  }).format(at);

const tenantOf = (owner: Owner, { slug }: Company) => owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug } });

/** A mail that waits for a person. */
async function stuck(owner: Owner, company: Company, place: "held" | "badmail", subject: string): Promise<string> {
  const { id: tenantId } = await tenantOf(owner, company);
  const to: [string, "held" | "badmail"][] = [[recipientOf(company), place]];
  return makeMail(owner.db, { tenantId, exchangeId: "" }, { to, mail: { subject, exchange_id: null } });
}

test("a company is closed: what waits still goes, nothing is collected, its people are told; undone, it is as it was", async ({
  page,
  browser,
  owner,
  company,
  pop3,
}) => {
  const before = await startExchange();
  const { port } = before;
  await before.stop();
  for (const subject of ["Offer", "Order"]) pop3.add("box", mailText(subject));
  await owner.bringIn(configOf(company, { port }, pop3));
  const { id: tenantId } = await tenantOf(owner, company);
  const lane = async () => (await owner.db.prisma.lane.findFirst({ where: { tenantId } }))?.state;
  await expect.poll(lane, { timeout: 30_000 }).toBe("open");
  await expect.poll(() => owner.db.prisma.mail.count({ where: { tenantId, place: "waiting" } })).toBe(2);
  const held = await stuck(owner, company, "held", "Held mail");
  await stuck(owner, company, "badmail", "Refused mail");

  // Somebody of the company is at work meanwhile.
  const theirs = await (await browser.newContext()).newPage();
  await enterAs(theirs, owner, company.person("admin"));
  await theirs.goto(`/t/${company.slug}/settings`);
  await takenOver(theirs.getByLabel("Contact"));
  await theirs.getByLabel("Contact").fill("Call 030 1234");

  await enterAs(page, owner, administrator.email);
  await page.goto(`/tenants/manage/${company.slug}`);
  await takenOver(page.getByRole("button", { name: "Close tenant" }));
  await page.getByRole("button", { name: "Close tenant" }).click();
  const dialog = page.getByRole("dialog", { name: `Close ${company.name}?` });
  await expect(dialog.getByRole("listitem")).toHaveText([
    "2 mails wait and still go to Exchange.",
    "1 mail is held: nobody can decide while it is closed.",
    "1 mail is in BADMAIL: nobody can send again while it is closed.",
  ]);
  await dialog.getByRole("button", { name: "Close tenant" }).click();
  await expect(dialog.getByRole("alert")).toContainText(`Type “${company.slug}” to go on.`);
  await dialog.getByLabel(`Type “${company.slug}” to confirm`).fill(company.slug);
  await dialog.getByRole("button", { name: "Close tenant" }).click();
  await expect(page.getByRole("heading", { name: /^Closed since/ })).toBeVisible();
  const { closedAt } = await tenantOf(owner, company);
  const erased = dayIn(new Date((closedAt?.getTime() ?? 0) + days(30)));
  const main = page.getByRole("main");
  await expect(main).toContainText("2 mails, which go to Exchange as before");
  await expect(main).toContainText(erased);

  await theirs.getByRole("button", { name: "Save" }).click();
  await expect(theirs.getByText("This tenant is closed, so nothing in it can be changed.")).toBeVisible();
  await theirs.goto(`/t/${company.slug}/queue`);
  await expect(theirs).toHaveURL(/\/tenants$/);
  const closed = theirs.getByRole("list", { name: "Closed tenants" });
  await expect(closed).toContainText(`${company.name} was closed on ${dayIn(closedAt ?? new Date())}`);
  await expect(closed).toContainText(`Until ${erased}`);
  expect((await theirs.request.get(`/api/t/${company.slug}/messages/${held}/eml`)).status()).toBe(404);

  pop3.add("box", mailText("Came after the closing"));
  const sessions = () => pop3.commands.filter((command) => command.startsWith("USER")).length;
  const signedIn = sessions();
  await owner.db.pool.query("update mailbox_state set due_at = now() where tenant_id = $1", [tenantId]);
  const back = await startExchange({ port });
  try {
    await owner.db.pool.query("update lane set due_at = now(), next_try_at = now() where tenant_id = $1", [tenantId]);
    await back.arrived(2, 30_000);
    await expect.poll(() => owner.db.prisma.mail.count({ where: { tenantId, place: "waiting" } })).toBe(0);
    expect(sessions()).toBe(signedIn);
    await page.reload();
    await expect(main.getByText("no mail", { exact: true })).toBeVisible();
    await page.goto(`/t/${company.slug}`);
    await expect(page.getByText(`On ${erased}`)).toBeVisible();
    await expect(page.getByRole("row").filter({ hasText: "info" })).toContainText("not while closed");
    await expect(main).toContainText("2 mails that nobody decided about will be erased with this tenant");
    await page.getByRole("link", { name: "Undo closing" }).click();
    await takenOver(page.getByRole("button", { name: "Undo closing" }));
    await page.getByRole("button", { name: "Undo closing" }).click();
    await page
      .getByRole("dialog", { name: `Open ${company.name} again?` })
      .getByRole("button", { name: "Undo closing" })
      .click();
    await expect(page.getByRole("button", { name: "Close tenant" })).toBeVisible();
    const mails = await back.arrived(3, 30_000);
    expect(mails.map(({ subject }) => subject)).toContain("Came after the closing");
    await theirs.goto(`/t/${company.slug}`);
    await expect(theirs.getByText("Mail is flowing.")).toBeVisible();
    await expect(theirs.getByText("1 held mail waits for your decision.")).toBeVisible();
    await expect(theirs.getByText("1 mail in BADMAIL waits for your decision.")).toBeVisible();
  } finally {
    await back.stop();
    await theirs.context().close();
  }
});

test("30 days after closing all of a company is erased: no row, no address, a line in the platform's audit", async ({
  page,
  owner,
  company,
}) => {
  await stuck(owner, company, "badmail", "Refused mail");
  const closedAt = new Date(Date.now() - days(26.5));
  await owner.db.prisma.tenant.update({ where: { slug: company.slug }, data: { state: "closed", closedAt } });
  const list = `/tenants?search=${company.slug}`;
  await enterAs(page, owner, administrator.email);
  await page.goto(list);
  const row = page.getByRole("row").filter({ hasText: company.name });
  await expect(row).toContainText("Closed; erased in 3 days");
  await owner.tidy(company.slug, new Date(closedAt.getTime() + days(29.9)));
  await page.goto(`/t/${company.slug}/badmail`);
  await expect(page.getByText("Nobody can decide while this tenant is closed.")).toBeVisible();
  await owner.tidy(company.slug, new Date(closedAt.getTime() + days(30.1)));
  await page.goto(list);
  await expect(page.getByText(`No tenant is called “${company.slug}”`)).toBeVisible();
  for (const path of [`/t/${company.slug}`, `/t/${company.slug}/badmail`, `/tenants/manage/${company.slug}`])
    expect((await page.goto(path))?.status(), path).toBe(404);
  await page.goto("/tenants/audit");
  await expect(page.getByRole("row").filter({ hasText: company.slug }).first()).toContainText("retention");
  await enterAs(page, owner, company.person("admin"));
  expect((await page.goto(`/t/${company.slug}`))?.status()).toBe(404);
  await page.goto("/");
  await expect(page.getByText("You are not a member of a tenant yet")).toBeVisible();
});
