// What people read of the ledger job: the proof when all is well, the fault with its mail when stored bytes are wrong.
import { ledgerCommand } from "../cli/commands/ledger";
import { refuse } from "./company-world";
import { enterAs, expect, test } from "./fixtures";

test("the overview shows when nothing is missing was proved, and a mail whose stored bytes are wrong", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const { tenantId } = await refuse({ owner, company, exchange, pop3 }, "Contract");
  const ledger = () =>
    ledgerCommand({
      args: { words: [], switches: new Set(), values: new Map([["tenant", company.slug]]) },
      env: process.env,
      db: async () => owner.db,
      print: () => {},
      say: () => {},
    });
  const flip = () =>
    owner.db.pool.query(
      "update body_chunk set data = set_byte(data, length(data) - 5, get_byte(data, length(data) - 5) # 1) where tenant_id = $1",
      [tenantId],
    );
  expect(await ledger()).toBe(0);
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}`);
  const main = page.getByRole("main");
  await expect(main).toContainText(
    /Nothing missing, proved \d\d:\d\d: the stored bytes of 1 undelivered mail, read back then, are whole\./,
  );
  await flip();
  expect(await ledger()).toBe(1);
  await page.reload();
  await expect(main).toContainText("The stored bytes of 1 mail are not what was collected.");
  await expect(main).toContainText("Such a mail is not sent");
  await expect(main).not.toContainText("Nothing missing");
  const wrong = page.getByRole("list", { name: "Mails whose stored bytes are wrong" });
  await expect(wrong).toContainText("(in BADMAIL): its bytes were changed");
  await wrong.getByRole("link", { name: "Contract" }).click();
  await expect(page.getByRole("heading", { name: "Contract", level: 1 })).toBeVisible();
  await flip();
  expect(await ledger()).toBe(0);
  await page.goto(`/t/${company.slug}`);
  await expect(main).toContainText("Nothing missing, proved");
});
