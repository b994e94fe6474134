// Photographs every page of a demo that runs, as `npm run screenshots` asks. The list of pages is the code's.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import { ownerUrl, runningServer } from "../cli/postgres.mjs";
import { beginHalf } from "../domain/person/half-sign-in";
import type { Db } from "../lib/db";
import { pageDoors } from "../test/doors";
import { until } from "../test/worker-process";
import { fill } from "./calls";
import { type Owner, openOwner } from "./owner";

interface Wish {
  url: string;
  /** the demo's data folder */
  folder: string;
  browser: string;
  person: { email: string; password: string };
  /** a part of the path of the pages that are wanted */
  only: string;
  say: (text: string) => void;
}

const target = join(import.meta.dirname, "..", "docs", "screenshots");
const looks = (["light", "dark"] as const).flatMap((scheme) => [1440, 390].map((width) => ({ scheme, width })));

/** /t/[tenant]/messages/[id] → tenant-messages-id */
const nameOf = (path: string) =>
  path
    .replace("/t/[tenant]", "/tenant")
    .replace(/[^a-z]+/g, "-")
    .replace(/^-|-$/g, "") || "start";

export async function takeScreenshots(wish: Wish): Promise<void> {
  const running = runningServer(wish.folder);
  if (!running) throw new Error("the demo's database does not run");
  const owner = openOwner(ownerUrl(wish.folder, running.port), wish.folder);
  const paths = pageDoors()
    .map(({ path }) => path)
    .filter((path) => path !== "/" && !path.includes("[...") && path.includes(wish.only));
  const browser = await chromium.launch({ executablePath: wish.browser, args: ["--no-sandbox", "--disable-gpu"] });
  const pictures: Picture[] = [];
  try {
    const ids = await exampleIds(owner.db, wish.only);
    for (const look of looks) pictures.push(...(await photographAll(browser, wish, paths, { owner, ids }, look)));
  } finally {
    await browser.close();
    await owner.close();
  }
  // Old ones leave only when the new ones are there, so that pages that are gone leave no pictures.
  if (wish.only === "") rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  for (const { name, bytes } of pictures) writeFileSync(join(target, name), bytes);
}

interface Picture {
  name: string;
  bytes: Buffer;
}

type Look = (typeof looks)[number];
type Place = { owner: Owner; ids: Ids };

async function photographAll(browser: Browser, wish: Wish, paths: string[], place: Place, { scheme, width }: Look) {
  const context = await browser.newContext({
    baseURL: wish.url,
    colorScheme: scheme,
    reducedMotion: "reduce",
    viewport: { width, height: 900 },
  });
  const page = await context.newPage();
  const darkroom = await context.newPage();
  const pictures: Picture[] = [];
  const photograph = async (called: string, address: string, ready?: (page: Page) => Promise<void>) => {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(address);
    await ready?.(page);
    await page.waitForLoadState("load");
    const name = `${called}-${scheme}-${width}.webp`;
    await growTo(page, width);
    pictures.push({ name, bytes: await asWebp(darkroom, await page.screenshot()) });
    wish.say(name);
  };
  const take = (path: string) => photograph(nameOf(path), addressOf(path, place.ids), prepare[path]);
  const signedOut = (path: string) => /^\/(sign-in|first-administrator|invitation)/.test(path) && !enter[path];
  for (const path of paths.filter(signedOut)) await take(path);
  await page.goto("/sign-in");
  await page.getByLabel("Email").fill(wish.person.email);
  await page.getByLabel("Password", { exact: true }).fill(wish.person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL((address) => !address.pathname.startsWith("/sign-in"));
  for (const path of paths.filter((one) => !signedOut(one) && !enter[one])) await take(path);
  for (const { called, address } of besides.filter((one) => one.address.includes(wish.only)))
    await photograph(called, address);
  for (const path of paths.filter((one) => enter[one])) {
    await context.clearCookies();
    await asNewcomer(place.owner, async (newcomer) => {
      const cookie = await enter[path]?.(place.owner, newcomer);
      if (cookie) await context.addCookies([{ ...cookie, url: wish.url }]);
      await take(path);
    });
  }
  await context.close();
  return pictures;
}

/** As tall as its page, so that what stands at the screen's foot stands at the picture's. */
async function growTo(page: Page, width: number) {
  const most = width < 1000 ? Number.POSITIVE_INFINITY : 2400;
  // What may be as tall as the screen grows with it, and the page then again.
  for (let turn = 0, height = 900; turn < 9; turn += 1) {
    const wanted = Math.min(await page.evaluate(() => document.documentElement.scrollHeight), most);
    if (wanted === height) return;
    height = wanted;
    await page.setViewportSize({ width, height });
  }
}

interface Newcomer {
  id: string;
  email: string;
}

/** Pages that only a half signed-in person sees: what a newcomer gets for it, and the cookie. */
const enter: Record<string, (owner: Owner, newcomer: Newcomer) => Promise<{ name: string; value: string }>> = {
  "/sign-in/second": async ({ db }, { id }) => {
    await db.pool.query("insert into totp (person_id, key_id, sealed, confirmed_at) values ($1, '', '', now())", [id]);
    return { name: "mailferry-sign-in", value: await beginHalf(db, id, new Date()) };
  },
  "/sign-in/set-up": ({ cookieOf }, { email }) => cookieOf(email),
};

/** Somebody of the first company while it asks each member for a second factor; afterwards all is as it was. */
async function asNewcomer({ db: { prisma } }: Owner, work: (newcomer: Newcomer) => Promise<void>) {
  const asks = (secondFactor: boolean) => prisma.tenant.update({ where: { slug: "contoso" }, data: { secondFactor } });
  const newcomer = await prisma.person.create({ data: { email: "newcomer@contoso.example", name: "Newcomer" } });
  try {
    const { id: tenantId } = await asks(true);
    await prisma.membership.create({ data: { tenantId, personId: newcomer.id, role: "operator" } });
    await work(newcomer);
  } finally {
    await asks(false);
    await prisma.person.delete({ where: { id: newcomer.id } });
  }
}

/** Pages that look otherwise for another company. */
const besides = [
  { called: "tenant-server-down", address: "/t/northwind" },
  { called: "tenant-exchange-renewed", address: "/t/wingtip/exchange" },
];

/** What is done on a page before it is photographed. */
const prepare: Record<string, (page: Page) => Promise<void>> = {
  "/t/[tenant]/exchange": async (page) => {
    await page.getByRole("button", { name: /Test settings/ }).click();
    await page
      .getByText(/Exchange took a mail|would be refused/)
      .first()
      .waitFor({ timeout: 60_000 });
    await page.getByLabel("Code from the mail's subject").waitFor();
    await page.evaluate(() => scrollTo(0, 0));
  },
  "/t/[tenant]/messages/[id]": (page) =>
    page
      .getByText(/Conversation with/)
      .first()
      .click(),
};

interface Ids {
  mail: string;
  mailbox: string;
  rule: string;
}

/** Rows of the demo's first company, once something of every kind is there. */
async function exampleIds(db: Db, only: string): Promise<Ids> {
  const one = async (sql: string) => {
    const { rows } = await db.pool.query<{ id: string }>(sql);
    return rows[0]?.id;
  };
  const contoso = "(select id from tenant where slug = 'contoso')";
  const count = async (place: string) =>
    Number(await one(`select count(*)::text as id from mail where tenant_id = ${contoso} and place = '${place}'`));
  await until(
    "mail is delivered, and refused",
    async () => (await count("delivered")) > 12 && (await count("badmail")) >= 2,
    240_000,
  );
  const renewed = "select 1 as id from lane where certificate_change is not null";
  if (besides.some(({ address }) => address.includes(only)))
    await until("a server shows another certificate", async () => Boolean(await one(renewed)), 120_000);
  const ids = {
    mail: await one(`select id from mail where tenant_id = ${contoso} and place = 'badmail' order by seq limit 1`),
    mailbox: await one(`select id from mailbox where tenant_id = ${contoso} order by name limit 1`),
    rule: await one(`select id from rule where tenant_id = ${contoso} order by position limit 1`),
  };
  const nobody = "00000000-0000-4000-8000-000000000000";
  return { mail: ids.mail ?? nobody, mailbox: ids.mailbox ?? nobody, rule: ids.rule ?? nobody };
}

function addressOf(path: string, ids: Ids): string {
  const id = path.includes("/mailboxes/") ? ids.mailbox : path.includes("/rules/") ? ids.rule : ids.mail;
  return fill(path, { tenant: "contoso", slug: "contoso", id });
}

/** Playwright makes PNG; the browser itself makes something a third as large of it. */
async function asWebp(darkroom: Page, png: Buffer): Promise<Buffer> {
  const url = await darkroom.evaluate(
    async (source) => {
      const image = new Image();
      image.src = source;
      await image.decode();
      const canvas = document.createElement("canvas");
      canvas.width = image.width;
      canvas.height = image.height;
      canvas.getContext("2d")?.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", 0.85);
    },
    `data:image/png;base64,${png.toString("base64")}`,
  );
  return Buffer.from(url.split(",")[1] ?? "", "base64");
}
