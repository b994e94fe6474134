// Nothing for axe to find, on any page of the portal, light and dark, wide and narrow. The list of pages is the code's.
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { type PageDoor, pageDoors } from "../test/doors";
import { fill } from "./calls";
import { enterAs, expect, test } from "./fixtures";
import { foreignCompany } from "./foreign";
import { startPortal } from "./start";

const looks = (["light", "dark"] as const).flatMap((colorScheme) =>
  [1440, 390].map((width) => ({ colorScheme, width })),
);

/** Each look of the page that is open: all rules in light, in dark what colours can spoil. */
async function check(page: Page, what: string) {
  for (const { colorScheme, width } of looks) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 900 });
    // Legacy mode: no further tab per run, which only frames of other origins need.
    const builder = new AxeBuilder({ page }).setLegacyMode(true);
    if (colorScheme === "dark") builder.withRules(["color-contrast", "link-in-text-block"]);
    const { violations } = await builder.analyze();
    const found = violations.flatMap(({ id, nodes }) =>
      nodes.map((node) => `${id}: ${node.html.slice(0, 160)} ${node.failureSummary?.slice(0, 300)}`),
    );
    expect.soft(found, `${what}, ${colorScheme}, ${width} px`).toEqual([]);
  }
}

const groups: [string, (page: PageDoor) => boolean][] = [
  ["of a company's mail", ({ path }) => /^\/t\/\[tenant\](\/(messages|badmail|queue)|$)/.test(path)],
  ["of what is done to a company's mail", ({ path }) => /^\/t\/\[tenant\]\/(audit|rules|notices)/.test(path)],
  ["of setting a company up", ({ path }) => /^\/t\/\[tenant\]\/(setup|mailboxes)/.test(path)],
  [
    "of a company's other settings",
    ({ path }) => /^\/t\/\[tenant\]\/(?!messages|badmail|queue|audit|rules|notices|setup|mailboxes)/.test(path),
  ],
  ["of one's own account", ({ door, path }) => door !== "open" && path.startsWith("/account")],
  ["of the platform", ({ door, path }) => door !== "open" && path.startsWith("/tenants")],
];

test("every page is in a group", () => {
  const left = pageDoors().filter(
    (page) => page.door !== "open" && page.path !== "/" && !groups.some(([, of]) => of(page)),
  );
  expect(left).toEqual([]);
});

for (const [name, of] of groups)
  test(`axe finds nothing on the pages ${name}`, async ({ page, owner, company, pop3, exchange }) => {
    test.slow();
    const { company: full, ids } = await foreignCompany(owner, company, pop3, exchange);
    await enterAs(page, owner, await owner.makePlatformPerson("admin", "never typed here"));
    for (const { path } of pageDoors().filter(of)) {
      const id = path.includes("/mailboxes/") ? ids.mailbox : path.includes("/rules/") ? ids.rule : ids.mail;
      const response = await page.goto(fill(path, { tenant: full.slug, slug: full.slug, id }));
      expect(response?.status(), path).toBe(path.includes("[...rest]") ? 404 : 200);
      // What is missing is drawn by scripts: until then there is only a shell.
      await page.getByRole("heading", { level: 1 }).first().waitFor();
      await check(page, path);
      if (path !== "/t/[tenant]/messages/[id]") continue;
      await page.goto(fill(`${path}?show=headers`, { tenant: full.slug, id }));
      await check(page, `${path} with the mail itself`);
    }
  });

test("axe finds nothing before the sign-in, nor where there is nothing", async ({ page, url }) => {
  test.slow();
  for (const { path } of pageDoors().filter(({ door }) => door === "open")) {
    await page.goto(`${url}${fill(path, { token: "no-such-token" })}`);
    await check(page, path);
  }
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill("nobody@nowhere.example");
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByText(/not right/)).toBeVisible();
  await check(page, "/sign-in after a fault");
  await page.goto("/no-such-page");
  await check(page, "not found");
});

test("axe finds nothing on a form with faults and everything unfolded, nor in an open dialog and menu", async ({
  page,
  owner,
  company,
}) => {
  await enterAs(page, owner, company.person("admin"));
  await page.goto(`/t/${company.slug}/exchange`);
  await page.getByText("encryption, certificate, sign-in, limits").click();
  await page.getByRole("radio", { name: "Verified by this system" }).check();
  await page.getByLabel("User name", { exact: true }).fill("scan");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText(/Exchange Server is empty/).first()).toBeVisible();
  await check(page, "Exchange with faults");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(`/t/${company.slug}/members`);
  await page.getByRole("button", { name: "Remove" }).first().click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await check(page, "an open dialog");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Page, tenant, mailbox or words of a mail" }).fill(company.slug);
  await expect(page.getByRole("group", { name: "Tenants" })).toBeVisible();
  await check(page, "the palette with results");
});

test("axe finds nothing on the page of all components, which only a portal that is told to has", async ({ page }) => {
  test.slow();
  expect((await page.goto("/design"))?.status()).toBe(404);
  const portal = await startPortal(process.env.MAILFERRY_E2E_DATA ?? "", { MAILFERRY_DESIGN_PAGE: "1" });
  try {
    expect((await page.goto(`${portal.url}/design`))?.status()).toBe(200);
    await check(page, "all components");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole("button", { name: "Ask twice" }).click();
    await check(page, "a dialog that asks for a word");
  } finally {
    await portal.stop();
  }
});
