// Test settings: the conversation as it happens, with the very server that mail goes to.
import type { Page } from "@playwright/test";
import { certificate } from "../test/servers/certificates";
import { type ExchangeServer, startExchange } from "../test/servers/exchange";
import { type Company, enterAs, expect, test } from "./fixtures";

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const pane = (page: Page) => page.getByRole("region", { name: "Test" });
const press = (page: Page) => page.getByRole("button", { name: "Test settings (email to postmaster)" }).click();
const postmaster = (company: Company) => `postmaster@${company.domain}`;

async function open(page: Page, company: Company, server: Pick<ExchangeServer, "port">) {
  await page.goto(`/t/${company.slug}/exchange`);
  await field(page, "Exchange Server").fill("127.0.0.1");
  await field(page, "IP port number").fill(String(server.port));
  await field(page, "Timeout").fill("10");
  await field(page, "Postmaster").fill(postmaster(company));
}

test("values that are right, saved or not, bring two mails to the postmaster", async ({
  page,
  owner,
  company,
  exchange,
}) => {
  exchange.options.filter = "rcpt";
  exchange.options.recipients = [postmaster(company)];
  await enterAs(page, owner, company.person("admin"));
  await open(page, company, exchange);
  await press(page);
  await expect(pane(page).getByText(/Exchange took a mail like a notice/)).toBeVisible();
  const lines = pane(page).getByRole("list", { name: "Conversation" });
  await expect(lines).toContainText("EHLO ferry.provider.example");
  await expect(lines).toContainText("220 EX01.contoso.example");
  await expect(pane(page)).toContainText("Run by worker");
  const [notice, collected] = await exchange.arrived(2);
  expect(notice).toMatchObject({ sender: "", recipients: [postmaster(company)] });
  expect(notice?.raw.toString()).toMatch(/^Auto-Submitted: auto-generated/im);
  expect(collected).toMatchObject({ sender: "mailferry@provider.example", recipients: [postmaster(company)] });
  // The third, for an address that nobody has, was refused as it should be.
  expect(exchange.mails).toHaveLength(2);
  expect(await owner.db.prisma.exchange.count({ where: { postmaster: postmaster(company) } })).toBe(0);
  await field(page, "Timeout").fill("11");
  await expect(pane(page).getByText("Tested with other values than the form shows now.")).toBeVisible();
});

test("a refused connection ends in a sentence at the field that mends it", async ({ page, owner, company }) => {
  const gone = await startExchange();
  await gone.stop();
  await enterAs(page, owner, company.person("admin"));
  await open(page, company, gone);
  await press(page);
  const sentence = /Nothing listens at 127\.0\.0\.1.*takes mail from other servers at 25/;
  await expect(pane(page).getByText(sentence)).toBeVisible();
  await expect(field(page, "IP port number")).toHaveAccessibleDescription(sentence);
  await pane(page).getByRole("button", { name: "Set IP port number to 25" }).click();
  await expect(field(page, "IP port number")).toHaveValue("25");
});

test("mail that would be refused later is refused in the test", async ({ page, owner, company, exchange }) => {
  exchange.options.refuseSendAs = ["mailferry@provider.example"];
  await enterAs(page, owner, company.person("admin"));
  await open(page, company, exchange);
  await press(page);
  await expect(
    pane(page)
      .getByText(/5\.7\.60/)
      .first(),
  ).toBeVisible();
  await expect(pane(page).getByRole("button", { name: /^Copy/ }).first()).toBeVisible();
});

test("a certificate of Exchange's own making is shown and trusted; a change of host asks for the password again", async ({
  page,
  owner,
  company,
}) => {
  const made = await certificate({ names: ["EX01.contoso.example"] });
  const server = await startExchange({
    certificate: made,
    auth: ["LOGIN", "PLAIN"],
    users: { scan: "canary of the scanner" },
    filter: "rcpt",
    recipients: [postmaster(company)],
  });
  try {
    await enterAs(page, owner, company.person("admin"));
    await open(page, company, server);
    await page.getByText("encryption, certificate, sign-in, limits").click();
    await page.getByRole("radio", { name: "Verified by this system" }).check();
    await field(page, "Name on the certificate").fill("EX01.contoso.example");
    await field(page, "User name").fill("scan");
    await field(page, "Password").fill("canary of the scanner");
    await press(page);
    await expect(pane(page).getByText(/This system can't verify the certificate/)).toBeVisible();
    expect(server.commands.filter((line) => /^(AUTH|MAIL)/i.test(line))).toEqual([]);
    await expect(pane(page)).toContainText("itself (self-signed)");
    await pane(page).getByRole("button", { name: "Trust this one" }).click();
    await expect(field(page, "Fingerprint (SHA-256)")).toHaveValue(`sha256:${made.fingerprint}`);
    await expect(pane(page).getByText("It is trusted once you save.")).toBeVisible();
    await expect(pane(page).getByRole("button", { name: "Trust this one" })).toHaveCount(0);
    await press(page);
    await expect(pane(page).getByText(/Exchange took a mail like a notice/)).toBeVisible();
    expect(server.mails.map((mail) => mail.user)).toEqual(["scan", "scan"]);
    await expect(pane(page)).not.toContainText("canary of the scanner");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText(/Saved, /)).toBeVisible();
    await expect(field(page, "Password")).toHaveValue("");
    await page.reload();
    await page.getByText("encryption, certificate, sign-in, limits").click();
    await expect(field(page, "Password")).toHaveAttribute("placeholder", /stored/);
    await field(page, "Exchange Server").fill("localhost");
    await expect(field(page, "Password")).toHaveAccessibleDescription(
      /Exchange Server.* changed: give the password again/,
    );
    const before = server.commands.length;
    await press(page);
    await expect(field(page, "Password")).toHaveAccessibleDescription(/password/i);
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Not saved yet")).toBeVisible();
    const stored = await owner.db.prisma.exchange.findFirstOrThrow({ where: { postmaster: postmaster(company) } });
    expect(stored.host).toBe("127.0.0.1");
    expect(server.commands.slice(before).filter((line) => line.startsWith("AUTH"))).toEqual([]);
  } finally {
    await server.stop();
  }
});
