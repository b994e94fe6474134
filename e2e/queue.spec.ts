// The queue as people run it: some mails are held back and let go on, the others are tried now.
import { startExchange } from "../test/servers/exchange";
import { configOf, mailText } from "./company-world";
import { enterAs, expect, takenOver, test } from "./fixtures";

test("mails that wait are held with a reason, let go on, and held again; only the others go out", async ({
  page,
  owner,
  company,
  pop3,
}) => {
  const before = await startExchange();
  const { port } = before;
  await before.stop();
  for (const subject of ["One", "Two", "Three"]) pop3.add("box", mailText(subject));
  await owner.bringIn(configOf(company, { port }, pop3));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  await expect
    .poll(() => owner.db.prisma.mail.count({ where: { tenantId, place: "waiting", state: "ready" } }), {
      timeout: 30_000,
    })
    .toBe(3);
  const held = () => owner.db.prisma.mail.count({ where: { tenantId, place: "held" } });

  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/queue`);
  const box = page.getByRole("checkbox", { name: /^Choose “Two”/ }).first();
  await takenOver(box);
  await box.check();
  await page.getByRole("button", { name: "Try now" }).click();
  await expect(page.getByRole("status").filter({ hasText: "1 mail is due now." })).toBeVisible();

  const holdTwo = async () => {
    await box.check();
    await page.getByRole("button", { name: "Hold", exact: true }).click();
    const dialog = page.getByRole("dialog", { name: "Hold 1 mail?" });
    await dialog.getByLabel("Why").fill("the customer asks");
    await dialog.getByRole("button", { name: "Hold 1 mail" }).click();
    await expect(page.getByText("1 mail held.")).toBeVisible();
    await expect(box).toHaveCount(0);
    expect(await held()).toBe(1);
  };
  await holdTwo();
  await page.getByRole("button", { name: "Let it go on" }).click();
  await expect(box).toBeVisible();
  expect(await held()).toBe(0);
  await holdTwo();

  await page.goto(`/t/${company.slug}/badmail`);
  await expect(page.getByRole("heading", { name: /1 mail: .* holds it: the customer asks/ })).toBeVisible();
  await page.goto(`/t/${company.slug}/queue`);
  const back = await startExchange({ port });
  try {
    await page.getByRole("button", { name: /^Try all now/ }).click();
    const mails = await back.arrived(2, 30_000);
    expect(mails.map(({ subject }) => subject).sort()).toEqual(["One", "Three"]);
    await expect(page.getByText("No mail waits", { exact: true })).toBeVisible();
    await page.goto(`/t/${company.slug}/badmail`);
    await page.getByRole("button", { name: "Send again" }).click();
    const all = await back.arrived(3, 30_000);
    expect(all.at(-1)?.subject).toBe("Two");
  } finally {
    await back.stop();
  }
});

test("a viewer reads the queue and finds nothing to run it with", async ({ page, owner, company, pop3 }) => {
  const gone = await startExchange();
  await gone.stop();
  pop3.add("box", mailText("Patience"));
  await owner.bringIn(configOf(company, gone, pop3));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  await expect
    .poll(() => owner.db.prisma.mail.count({ where: { tenantId, place: "waiting" } }), { timeout: 30_000 })
    .toBe(1);
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}/queue`);
  await expect(page.getByRole("main")).toContainText("Patience");
  await expect(page.getByRole("main").getByRole("checkbox")).toHaveCount(0);
  for (const name of [/^Hold/, /^Try/, /^Pause/]) await expect(page.getByRole("button", { name })).toHaveCount(0);
});
