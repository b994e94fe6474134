// Trouble that nobody here made: a server that takes so many mails a minute, a provider that lets nobody in.

import { startPop3 } from "../test/servers/pop3";
import { configOf, mailText, recipientOf } from "./company-world";
import { administrator, type Company, enterAs, expect, test } from "./fixtures";

test("a server's message rate: pages say at which rate mail flows and which limit to raise, until it has eased", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  exchange.options.ratePerMinute = 3;
  for (let n = 1; n <= 5; n += 1) pop3.add("box", mailText(`Letter ${n}`));
  await owner.bringIn(configOf(company, exchange, pop3, ["maxConnections: 1"]));
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const lane = () => owner.db.prisma.lane.findFirstOrThrow({ where: { tenantId } });
  await expect.poll(async () => (await lane()).pacePerMinute, { timeout: 30_000 }).not.toBeNull();
  const pace = (await lane()).pacePerMinute ?? 0;
  // It rests while people look.
  await owner.db.pool.query(
    "update lane set pace_next_at = now() + interval '1 hour', due_at = now() + interval '1 hour' where tenant_id = $1",
    [tenantId],
  );
  const here = `/t/${company.slug}`;
  const said = (rate: number) =>
    `Mail flows at ${rate === 1 ? "1 mail" : `${rate} mails`} a minute: 127.0.0.1 takes no more.`;
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(here);
  await expect(page.getByText("Mail is flowing.")).toBeVisible();
  for (const path of [here, `${here}/queue`, `${here}/exchange`]) {
    await page.goto(path);
    await expect(page.getByText(said(pace)), path).toBeVisible();
    await expect(page.getByText("Set-ReceiveConnector <name> -MessageRateLimit unlimited"), path).toBeVisible();
  }

  // Its administrator raises the limit; ten minutes later mail is taken faster, and at last as fast as it comes.
  exchange.options.ratePerMinute = null;
  const tenMinutesLater = (more: string) =>
    owner.db.pool.query(
      `update lane set cap_raise_at = now() - interval '1 second', pace_next_at = null, due_at = now()${more} where tenant_id = $1`,
      [tenantId],
    );
  await page.goto(here);
  await tenMinutesLater("");
  await expect.poll(async () => (await lane()).pacePerMinute, { timeout: 30_000 }).toBe(Math.ceil(pace * 1.5));
  await page.goto(`${here}/queue`);
  await expect(page.getByText(said(Math.ceil(pace * 1.5)))).toBeVisible();
  await tenMinutesLater(", pace_per_minute = 500");
  pop3.add("box", mailText("Letter 6"));
  await owner.db.pool.query("update mailbox_state set due_at = now() where tenant_id = $1", [tenantId]);
  await exchange.arrived(6, 30_000);
  await expect.poll(async () => (await lane()).pacePerMinute).toBeNull();
  for (const path of [here, `${here}/queue`, `${here}/exchange`]) {
    await page.goto(path);
    await expect(page.getByText("127.0.0.1").first()).toBeVisible();
    await expect(page.getByText("a minute"), path).toHaveCount(0);
    await expect(page.getByText("-MessageRateLimit"), path).toHaveCount(0);
  }
});

test("a provider that lets five companies not in is one incident, told to each as no fault of its own; it ends by itself", async ({
  page,
  owner,
  company,
  exchange,
}) => {
  test.slow();
  const names = [1, 2, 3, 4, 5].map((n) => `box${n}`);
  const provider = await startPop3({
    users: Object.fromEntries(names.map((name) => [name, "box password"])),
  });
  const others = await Promise.all(
    [1, 2, 3, 4].map((n) => owner.makeCompany(`${company.slug}-${n}`, "four words in a row")),
  );
  const companies: Company[] = [company, ...others];
  // A name of its own: the other stories' mailboxes are at 127.0.0.1.
  const at = (one: Company, name: string) =>
    configOf(one, exchange, provider)
      .replace("\n        host: 127.0.0.1", "\n        host: localhost")
      .replace("username: box", `username: ${name}`);
  try {
    for (const [n, one] of companies.entries()) await owner.bringIn(at(one, names[n] ?? ""));
    const localhost = "mailbox m where m.tenant_id = s.tenant_id and m.id = s.mailbox_id and m.host = 'localhost'";
    const are = async (what: string) =>
      (await owner.db.pool.query(`select 1 from mailbox_state s, ${localhost} and ${what}`)).rowCount;
    await expect.poll(() => are("s.worked_at is not null"), { timeout: 30_000 }).toBe(5);
    provider.rude.signIn = "-ERR [AUTH] Invalid credentials";
    for (const [n, one] of companies.entries()) provider.add(names[n] ?? "", mailText(`Letter to ${recipientOf(one)}`));
    await owner.db.pool.query(`update mailbox_state s set due_at = now() from ${localhost}`);
    await expect.poll(() => are("s.last_result = 'refused'"), { timeout: 30_000 }).toBe(5);
    // Five at the same moment may not have seen each other: the next one that fails does.
    await owner.db.pool.query(`update mailbox_state s set due_at = now() from ${localhost} and m.username = 'box1'`);
    const open = () => owner.db.prisma.alert.count({ where: { cause: "provider:localhost", resolvedAt: null } });
    await expect.poll(open, { timeout: 30_000 }).toBe(1);
    await enterAs(page, owner, administrator.email);
    await page.goto("/tenants");
    const wrong = page
      .getByRole("list", { name: "What is wrong" })
      .getByRole("listitem")
      .filter({ hasText: "localhost" });
    await expect(wrong).toHaveCount(1);
    await expect(wrong).toContainText("5 mailboxes of 5 tenants can’t be collected at localhost.");
    await expect(wrong).toContainText(/Since \d\d:\d\d UTC/);
    await expect(wrong).toContainText(/the next (in \d+ (seconds|minutes?)|now)/);

    await enterAs(page, owner, company.person("viewer"));
    const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
    const { id: mailbox } = await owner.db.prisma.mailbox.findFirstOrThrow({ where: { tenantId } });
    const here = `/t/${company.slug}`;
    for (const path of [here, `${here}/mailboxes`, `${here}/mailboxes/${mailbox}`]) {
      await page.goto(path);
      await expect(
        page.getByText(/localhost has trouble with many of its customers since \d\d:\d\d\./).first(),
      ).toBeVisible();
      await expect(page.getByText("There is nothing for you to do.").first()).toBeVisible();
      for (const one of others) await expect(page.getByText(one.slug)).toHaveCount(0);
    }
    expect(await owner.db.prisma.notice.count({ where: { tenantId } })).toBe(0);

    // The provider mends it; the next whose turn it is finds out, and all are collected.
    delete provider.rude.signIn;
    await owner.db.pool.query(
      `update mailbox_state set due_at = now() where mailbox_id =
         (select s.mailbox_id from mailbox_state s join mailbox m on m.id = s.mailbox_id and m.tenant_id = s.tenant_id
          where m.host = 'localhost' order by s.due_at limit 1)`,
    );
    await exchange.arrived(5, 30_000);
    await expect.poll(open).toBe(0);
    await page.goto(`${here}/mailboxes`);
    await expect(page.getByText("has trouble with many")).toHaveCount(0);
    await expect(page.getByRole("row").filter({ hasText: "info" })).toContainText("collecting");
    await enterAs(page, owner, administrator.email);
    await page.goto("/tenants?show=all");
    await expect(page.getByRole("table")).toBeVisible();
    await expect(wrong).toHaveCount(0);
  } finally {
    // Without their provider they would be the next incident, in other stories' sight.
    await owner.db.pool.query(
      `update mailbox_state s set state = 'paused', due_at = null from mailbox m
       where m.tenant_id = s.tenant_id and m.id = s.mailbox_id and m.host = 'localhost'`,
    );
    await provider.close();
  }
});
