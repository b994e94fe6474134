// What a story begins with: a company of its own, people of each role, servers of its own on loopback.
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test as base, expect, type Locator, type Page } from "@playwright/test";
import { ownerUrl, runningServer } from "../cli/postgres.mjs";
import { type ExchangeServer, startExchange } from "../test/servers/exchange";
import { type Pop3Server, startPop3 } from "../test/servers/pop3";
import { administrator } from "./global-setup";
import { type Owner, openOwner } from "./owner";

export { administrator, expect };

export const password = "four words in a row";

export interface Company {
  slug: string;
  name: string;
  domain: string;
  /** the e-mail address of the company's person with this role; the password is `password` */
  person(role: "admin" | "operator" | "viewer"): string;
}

interface Fixtures {
  url: string;
  owner: Owner;
  company: Company;
  exchange: ExchangeServer;
  pop3: Pop3Server;
}

export const test = base.extend<Fixtures>({
  url: async ({ browserName: _browser }, use) => use(process.env.MAILFERRY_E2E_URL ?? ""),
  baseURL: async ({ url }, use) => use(url),
  owner: async ({ browserName: _browser }, use) => {
    const folder = process.env.MAILFERRY_E2E_DATA ?? "";
    const running = runningServer(folder);
    if (!running) throw new Error("the stories' database does not run");
    const owner = openOwner(ownerUrl(folder, running.port), folder);
    await use(owner);
    await owner.close();
  },
  company: async ({ owner }, use) => {
    const slug = `c${randomBytes(4).toString("hex")}`;
    await use(await owner.makeCompany(slug, password));
  },
  exchange: async ({ browserName: _browser }, use) => {
    const server = await startExchange();
    await use(server);
    await server.stop();
  },
  pop3: async ({ browserName: _browser }, use) => {
    const server = await startPop3({ users: { box: "box password" } });
    await use(server);
    await server.close();
  },
});

/** Signs in by the form, as people do, and waits for the page behind it. */
export async function signIn(page: Page, email: string, secret = password): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(email);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
}

/** The same without the form: for stories about something else. */
export async function enterAs(page: Page, owner: Owner, email: string): Promise<void> {
  await page.context().clearCookies();
  const url = process.env.MAILFERRY_E2E_URL ?? "";
  await page.context().addCookies([{ ...(await owner.cookieOf(email)), url, httpOnly: true, sameSite: "Lax" }]);
}

/** Until React has taken a page over, what is typed or pressed on it may be lost: for the first act on a page. */
export const takenOver = (what: Locator): Promise<void> =>
  expect
    .poll(() => what.evaluate((element) => Object.keys(element).some((key) => key.startsWith("__reactProps"))))
    .toBe(true);

export const startLog = (): string => readFileSync(join(process.env.MAILFERRY_E2E_DATA ?? "", "start.log"), "utf8");
