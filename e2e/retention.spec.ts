// How long mail is kept, as people see it: the settings, what is announced to go, what went and by which setting.
import { makeMail } from "../test/mails";
import { configOf, mailText, recipientOf } from "./company-world";
import { type Company, enterAs, expect, takenOver, test } from "./fixtures";
import type { Owner } from "./owner";

const day = 86_400_000;
const dayIn = (at: Date) =>
  new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "Europe/Berlin" }).format(at);

/** A mail that was refused or held so many days ago. */
async function stuck(owner: Owner, company: Company, place: "held" | "badmail", daysAgo: number): Promise<string> {
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const at = new Date(Date.now() - daysAgo * day);
  const to: [string, "held" | "badmail"][] = [[recipientOf(company), place]];
  const mail = { subject: `${place} for ${daysAgo} days`, exchange_id: null, collected_at: at };
  const id = await makeMail(owner.db, { tenantId, exchangeId: "" }, { to, mail });
  await owner.db.prisma.mail.updateMany({ where: { tenantId, id }, data: { settledAt: at } });
  return id;
}

test("BADMAIL and held mail: switched on, announced with number and day, then expired by that setting; the sum holds", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  await owner.bringIn(configOf(company, exchange, pop3));
  const refused = await stuck(owner, company, "badmail", 25);
  const held = await stuck(owner, company, "held", 24);
  const young = await stuck(owner, company, "badmail", 2);
  const here = `/t/${company.slug}`;
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`${here}/badmail`);
  await expect(page.getByText("Each mail is kept whole until a person decides.")).toBeVisible();
  await page.goto(`${here}/settings`);
  await takenOver(page.getByLabel("BADMAIL and held mail"));
  await page.getByLabel("BADMAIL and held mail").fill("30");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();

  await owner.tidy(company.slug, new Date());
  const [notice] = await exchange.arrived(1, 30_000);
  expect(notice?.subject).toContain("2 mails in BADMAIL and held will be deleted");
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const told = async () => (await owner.db.prisma.notice.findFirstOrThrow({ where: { tenantId } })).state;
  await expect.poll(told).toBe("told");
  const { sentMailId } = await owner.db.prisma.notice.findFirstOrThrow({ where: { tenantId } });
  const sent = await owner.db.prisma.mail.findFirstOrThrow({ where: { tenantId, id: sentMailId ?? "" } });
  const toldAt = sent.settledAt ?? new Date(0);
  const goes = dayIn(new Date(toldAt.getTime() + 7 * day));

  const announced = new RegExp(`2 mails in BADMAIL and held are removed after ${goes}, \\d\\d:\\d\\d\\.`);
  for (const path of [here, `${here}/badmail`]) {
    await page.goto(path);
    await expect(page.getByText(announced)).toBeVisible();
    await expect(page.getByText("keeps such mail for 30 days. Your postmaster was told")).toBeVisible();
  }
  await page.goto(`${here}/messages/${refused}`);
  await expect(page.getByText(`it is removed after ${goes}`)).toBeVisible();
  await page.goto(`${here}/messages/${young}`);
  await expect(page.getByText("In BADMAIL").first()).toBeVisible();
  await expect(page.getByText("it is removed after")).toHaveCount(0);

  // The day before it nothing goes, the day after it what was announced does.
  await owner.tidy(company.slug, new Date(toldAt.getTime() + 6 * day));
  await page.goto(here);
  await expect(page.getByText(announced)).toBeVisible();
  await owner.tidy(company.slug, new Date(toldAt.getTime() + 8 * day));
  for (const id of [refused, held]) {
    await page.goto(`${here}/messages/${id}`);
    await expect(page.getByText(/^Expired on/)).toBeVisible();
    await expect(
      page.getByText("Removed after 30 days, as the setting “BADMAIL and held mail” said").first(),
    ).toBeVisible();
    await expect(page.getByRole("link", { name: "Download .eml" })).toHaveCount(0);
  }
  await page.goto(here);
  await expect(page.getByText("1 mail in BADMAIL waits for your decision.")).toBeVisible();
  await expect(page.getByText(announced)).toHaveCount(0);
  await expect(page.getByText(/Nothing missing/)).toBeVisible();
});

test("a delivered mail is there for as long as the setting says; then its page says since when it is gone, and by what", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  pop3.add("box", mailText("Invoice 4711", "what was agreed"));
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(1, 30_000);
  const here = `/t/${company.slug}`;
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const delivered = () => owner.db.prisma.mail.findFirst({ where: { tenantId, place: "delivered" } });
  await expect.poll(delivered).toBeTruthy();
  const mail = await delivered();
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`${here}/settings`);
  await takenOver(page.getByLabel("Bodies of delivered mail"));
  await page.getByLabel("Bodies of delivered mail").fill("24");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  const message = `${here}/messages/${mail?.id}`;
  await page.goto(`${message}?show=text`);
  await expect(page.getByText("Its bytes are kept until")).toBeVisible();
  await expect(page.getByText("what was agreed")).toBeVisible();
  await expect(page.getByRole("link", { name: "Download .eml" })).toBeVisible();

  const gone = new Date((mail?.settledAt?.getTime() ?? 0) + 25 * 3_600_000);
  await owner.tidy(company.slug, gone);
  await page.goto(`${message}?show=text`);
  const erased = `The mail itself was erased on ${dayIn(gone)}`;
  await expect(page.getByText(erased).first()).toBeVisible();
  await expect(page.getByText("the setting “Bodies of delivered mail” keeps it for 24 hours.").first()).toBeVisible();
  await expect(page.getByRole("link", { name: "Download .eml" })).toHaveCount(0);
  await expect(page.getByRole("navigation", { name: "Parts of the mail" })).toHaveCount(0);
  expect((await page.request.get(`/api/t/${company.slug}/messages/${mail?.id}/eml`)).status()).toBe(409);
  // What happened to it stays.
  await expect(page.getByRole("main")).toContainText("Collected from info");
  await expect(page.getByRole("main")).toContainText("Queued mail for delivery");
  await page.goto(here);
  await expect(page.getByText(/Nothing missing/)).toBeVisible();
});
