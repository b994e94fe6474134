// Pages that follow what happens: mail arrives, a server goes away, the network breaks. And what no stream may tell.
import type { Page } from "@playwright/test";
import { changed } from "@/domain/live/changed";
import { makeMail } from "../test/mails";
import { startExchange } from "../test/servers/exchange";
import { configOf, mailText } from "./company-world";
import { type Company, enterAs, expect, password, test } from "./fixtures";
import type { Owner } from "./owner";
import { startPortal } from "./start";

/** Sooner than the half minute after which a page looks by itself. */
const soon = { timeout: 25_000 };

/** The page is never loaded again while this holds. */
const mark = (page: Page) => page.evaluate(() => Object.assign(window, { neverLoadedAgain: true }));
const isMarked = (page: Page) => page.evaluate(() => "neverLoadedAgain" in window);

async function collectNow(owner: Owner, company: Company): Promise<void> {
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  await owner.db.prisma.mailboxState.updateMany({ where: { tenantId }, data: { dueAt: new Date() } });
}

test("the overview shows mail as Exchange accepts it, and the server's standstill, without being loaded again", async ({
  page,
  owner,
  company,
  pop3,
}) => {
  const exchange = await startExchange();
  pop3.add("box", mailText("The first"));
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(1, 30_000);
  await enterAs(page, owner, company.person("viewer"));
  await page.goto(`/t/${company.slug}`);
  const flow = page.getByRole("region", { name: "Is mail flowing?" });
  await expect(flow).toContainText("1 accepted by Exchange today");
  await mark(page);
  pop3.add("box", mailText("The second"));
  await collectNow(owner, company);
  await expect(flow).toContainText("2 accepted by Exchange today", soon);
  await exchange.stop();
  pop3.add("box", mailText("The third"));
  await collectNow(owner, company);
  await expect(flow).toContainText("1 mail waits", soon);
  await expect(page.getByRole("row", { name: /^Server 127/ })).toContainText("takes no mail");

  const back = await startExchange({ port: exchange.port });
  try {
    await owner.db.pool.query(
      `update lane set next_try_at = now(), due_at = now() where tenant_id = (select id from tenant where slug = $1)`,
      [company.slug],
    );
    await expect(flow).toContainText("3 accepted by Exchange today", soon);
    expect(await isMarked(page)).toBe(true);
  } finally {
    await back.stop();
  }
});

test("an open queue empties itself, and all tenants' list says that one of them stands still", async ({
  page,
  browser,
  owner,
  company,
  pop3,
}) => {
  const exchange = await startExchange();
  pop3.add("box", mailText("The first"));
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(1, 30_000);
  await enterAs(page, owner, company.person("operator"));
  await page.goto(`/t/${company.slug}/queue`);
  await expect(page.getByRole("main")).toContainText("has taken all mail");
  await mark(page);
  const provider = await (await browser.newContext()).newPage();
  await enterAs(provider, owner, await owner.makePlatformPerson("operator", password));
  await provider.goto(`/tenants?search=${company.slug}`);
  const row = provider.getByRole("row", { name: new RegExp(company.name) });
  await expect(row).toContainText("Flowing");
  await mark(provider);
  await exchange.stop();
  pop3.add("box", mailText("It waits"));
  await collectNow(owner, company);
  await expect(page.getByRole("link", { name: "It waits" }).first()).toBeVisible(soon);
  await expect(row).toContainText("1 mail waits", soon);
  const back = await startExchange({ port: exchange.port });
  try {
    await page.getByRole("button", { name: "Try all now" }).click();
    await expect(page.getByRole("main")).toContainText("has taken all mail", soon);
    await expect(row).toContainText("Flowing", soon);
    expect([await isMarked(page), await isMarked(provider)]).toEqual([true, true]);
  } finally {
    await back.stop();
  }
});

test("without network the page says since when it isn't live, stays as it is, and catches up when it is back", async ({
  page,
  owner,
  company,
  pop3,
  exchange,
}) => {
  pop3.add("box", mailText("The first"));
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(1, 30_000);
  await enterAs(page, owner, company.person("viewer"));
  const opened = page.waitForResponse((answer) => answer.url().endsWith("/live"));
  await page.goto(`/t/${company.slug}`);
  await opened;
  const flow = page.getByRole("region", { name: "Is mail flowing?" });
  await expect(flow).toContainText("1 accepted by Exchange today");
  await mark(page);
  const note = page.getByText(/^.?Not live: last news \d\d:\d\d, trying again\.$/);
  await page.context().setOffline(true);
  await expect(note).toBeVisible(soon);
  pop3.add("box", mailText("The second"));
  await collectNow(owner, company);
  await exchange.arrived(2, 30_000);
  await expect(flow).toContainText("1 accepted by Exchange today");
  await page.context().setOffline(false);
  await expect(note).toHaveCount(0, soon);
  await expect(flow).toContainText("2 accepted by Exchange today", soon);
  expect(await isMarked(page)).toBe(true);
});

test("a flood of news makes a page look about once a second, and not once for each", async ({
  page,
  owner,
  company,
}) => {
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  await enterAs(page, owner, company.person("viewer"));
  let looks = 0;
  page.on("request", (request) => {
    if (request.headers().rsc === "1" && request.url().includes(`/t/${company.slug}/queue`)) looks += 1;
  });
  await page.goto(`/t/${company.slug}/queue`);
  // The first look comes with the stream itself.
  await expect.poll(() => looks, soon).toBe(1);
  const began = Date.now();
  const flood = setInterval(() => changed(owner.db, tenantId, "mail"), 2);
  await expect.poll(() => looks, soon).toBeGreaterThan(4);
  clearInterval(flood);
  expect(looks).toBeLessThanOrEqual(2 + (Date.now() - began) / 1000);
});

test("the stream ends while the tab is hidden", async ({ page, owner, company }) => {
  await enterAs(page, owner, company.person("viewer"));
  const asked: string[] = [];
  page.on("request", (request) => request.url().endsWith("/live") && asked.push("asked"));
  page.on("requestfailed", (request) => request.url().endsWith("/live") && asked.push("ended"));
  await page.goto(`/t/${company.slug}`);
  await expect.poll(() => asked).toEqual(["asked"]);
  const show = (state: "hidden" | "visible") =>
    page.evaluate((shown) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => shown });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  await show("hidden");
  await expect.poll(() => asked).toEqual(["asked", "ended"]);
  await show("visible");
  await expect.poll(() => asked).toEqual(["asked", "ended", "asked"]);
});

interface Stream {
  status: number;
  words: string[];
  /** resolves when the portal ends it */
  over: Promise<void>;
  close(): void;
}

/** A stream as any program would read it. */
async function openStream(url: string, owner: Owner, email: string): Promise<Stream> {
  const { name, value } = await owner.cookieOf(email);
  const stop = new AbortController();
  const answer = await fetch(url, { headers: { cookie: `${name}=${value}` }, signal: stop.signal });
  const words: string[] = [];
  const read = async () => {
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) words.push(decoder.decode(chunk));
  };
  return { status: answer.status, words, over: read().catch(() => {}), close: () => stop.abort() };
}
const newsIn = ({ words }: Stream) => words.filter((text) => text.includes("event: news")).join("");

test("a stream tells what changed and no more, of its own tenant only", async ({
  url,
  owner,
  company,
  pop3,
  exchange,
}) => {
  const other = await owner.makeCompany(`o${company.slug}`, password);
  const ours = await openStream(`${url}/api/t/${company.slug}/live`, owner, company.person("viewer"));
  const theirs = await openStream(`${url}/api/t/${other.slug}/live`, owner, other.person("admin"));
  const member = await openStream(`${url}/api/live`, owner, other.person("admin"));
  const provider = await openStream(`${url}/api/live`, owner, await owner.makePlatformPerson("viewer", password));
  const streams = [ours, theirs, member, provider];
  try {
    for (const stream of streams) await expect.poll(() => stream.words.length).toBeGreaterThan(0);
    // The look that follows the ear's own opening comes to all; from here on each hears its own.
    for (const stream of streams) await expect.poll(() => stream.words.join("")).toContain("event: beat");
    await expect.poll(() => ours.words.length, soon).toBeGreaterThan(2);
    for (const stream of streams) stream.words.length = 0;
    pop3.add("box", mailText("A canary of subjects"));
    await owner.bringIn(configOf(company, exchange, pop3));
    await exchange.arrived(1, 30_000);
    await expect.poll(() => newsIn(ours), soon).toContain('"mail"');
    await expect.poll(() => newsIn(provider), soon).toContain('"mail"');
    // A beat later than all of it.
    const beats = theirs.words.length;
    await expect.poll(() => theirs.words.length, soon).toBeGreaterThan(beats + 1);
    expect([newsIn(theirs), newsIn(member)]).toEqual(["", ""]);
    for (const { words } of streams) {
      const said = words.join("").replace(/event: (beat|news)\ndata: (\{\}|\["[a-z",]+"\])\n\n/g, "");
      expect(said).toBe("");
    }
  } finally {
    for (const stream of streams) stream.close();
  }
});

test("a removed member, a disabled person and an ended session lose their streams within seconds", async ({
  url,
  owner,
  company,
}) => {
  const at = `${url}/api/t/${company.slug}/live`;
  const [viewer, operator, admin] = [company.person("viewer"), company.person("operator"), company.person("admin")];
  const idOf = async (email: string) => (await owner.db.prisma.person.findUniqueOrThrow({ where: { email } })).id;
  const streams = await Promise.all([viewer, operator, admin].map((email) => openStream(at, owner, email)));
  expect(streams.map(({ status }) => status)).toEqual([200, 200, 200]);
  await owner.db.prisma.membership.deleteMany({ where: { personId: await idOf(viewer) } });
  await owner.db.prisma.person.update({ where: { email: operator }, data: { disabledAt: new Date() } });
  await owner.db.pool.query("update session set ended_at = now() where person_id = $1", [await idOf(admin)]);
  const began = Date.now();
  await Promise.all(streams.map(({ over }) => over));
  expect(Date.now() - began).toBeLessThan(10_000);
  for (const { words } of streams) expect(words.join("")).toContain("event: end");
  expect((await openStream(at, owner, viewer)).status).toBe(404);
  expect((await openStream(at, owner, operator)).status).toBe(401);
});

test("a page of the menu is there at the press when the pointer rested on it, and shows what came since", async ({
  page,
  owner,
  company,
}) => {
  const { id: tenantId } = await owner.db.prisma.tenant.findUniqueOrThrow({ where: { slug: company.slug } });
  const add = (subject: string) =>
    makeMail(owner.db, { tenantId, exchangeId: "" }, { mail: { subject, exchange_id: null, place: "held" } });
  await add("before the pointer came");
  await enterAs(page, owner, company.person("operator"));
  // Until the page's scripts are there, nobody notices where the pointer is.
  const scripts = page.waitForRequest(/\/live$/);
  await page.goto(`/t/${company.slug}`);
  await scripts;
  const menu = page.getByRole("navigation", { name: "Main" });
  const link = menu.getByRole("link", { name: "Messages" });
  await link.hover();
  // Its frame, and what is in it.
  await page.waitForFunction(
    () => performance.getEntriesByType("resource").filter(({ name }) => name.includes("/messages?")).length === 2,
  );

  let answer = () => {};
  const silent = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(
    (address) => address.pathname.endsWith("/messages"),
    async (route) => {
      await silent;
      await route.continue();
    },
  );
  await add("after the pointer came");
  await link.click();
  await expect(page.getByRole("heading", { level: 1, name: "Messages" })).toBeVisible();
  await expect(page.getByRole("row", { name: /before the pointer came/ })).toBeVisible();
  await expect(page.getByRole("row", { name: /after the pointer came/ })).toHaveCount(0);
  answer();
  await expect(page.getByRole("row", { name: /after the pointer came/ })).toBeVisible(soon);
});

test("a list of mails stays as it is, and says when mail moved since", async ({ page, owner, company, pop3 }) => {
  const exchange = await startExchange();
  pop3.add("box", mailText("The first"));
  await owner.bringIn(configOf(company, exchange, pop3));
  await exchange.arrived(1, 30_000);
  await enterAs(page, owner, company.person("operator"));
  const stream = page.waitForResponse(/\/live$/);
  await page.goto(`/t/${company.slug}/messages`);
  await stream;
  await expect(page.getByRole("row", { name: /The first/ })).toBeVisible();
  const show = page.getByRole("button", { name: "Show it" });
  await expect(show).toHaveCount(0);
  pop3.add("box", mailText("The second"));
  await collectNow(owner, company);
  await expect(show).toBeVisible(soon);
  await expect(page.getByRole("row", { name: /The second/ })).toHaveCount(0);
  await show.click();
  await expect(page.getByRole("row", { name: /The second/ })).toBeVisible();
  await exchange.stop();
});

test("one person's streams are bounded, and a portal with open streams stops within seconds", async ({
  owner,
  company,
}) => {
  const portal = await startPortal(process.env.MAILFERRY_E2E_DATA ?? "");
  const at = `${portal.url}/api/t/${company.slug}/live`;
  const email = company.person("viewer");
  const streams = await Promise.all(Array.from({ length: 12 }, () => openStream(at, owner, email)));
  expect(streams.map(({ status }) => status)).toEqual(streams.map(() => 200));
  expect((await openStream(at, owner, email)).status).toBe(429);
  expect((await openStream(at, owner, company.person("admin"))).status).toBe(200);
  streams[0]?.close();
  await expect
    .poll(async () => {
      const next = await openStream(at, owner, email);
      next.close();
      return next.status;
    })
    .toBe(200);
  const began = Date.now();
  await portal.stop();
  expect(Date.now() - began).toBeLessThan(5000);
  await Promise.all(streams.map(({ over }) => over));
});
