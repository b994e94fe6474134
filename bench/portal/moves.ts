// From a click in the menu to the heading of the page, in a real browser, as a person feels it.
import { chromium, type Page } from "@playwright/test";
import { median } from "./figures";

export interface Move {
  name: string;
  median: number;
  all: number[];
}

const restMs = 250;

const menu = ["Messages", "Queue", "BADMAIL", "Exchange", "Mailboxes", "Rules", "Overview"];

export async function measureMoves(
  portal: string,
  cookie: { name: string; value: string },
  executablePath: string,
  rounds: number,
): Promise<Move[]> {
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  try {
    const context = await browser.newContext({ baseURL: portal, viewport: { width: 1440, height: 900 } });
    await context.addCookies([{ ...cookie, url: portal, httpOnly: true, sameSite: "Lax" }]);
    // What runs this file marks its functions with a helper that a page doesn't have.
    await context.addInitScript("globalThis.__name ??= (one) => one");
    const page = await context.newPage();
    await page.goto("/t/t0");
    // The stream of news never ends, so the network is never idle: the page is taken over when it is live.
    await settled(page);
    const moves = menu.map((name) => ({ name, all: [] as number[] }));
    for (let round = 0; round < rounds; round += 1)
      for (const { name, all } of moves) {
        const link = page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: false }).first();
        // As a hand does: the pointer rests a moment before it presses, and what can be fetched ahead is.
        await link.hover();
        await page.waitForTimeout(restMs);
        all.push(
          await link.evaluate(
            (element) =>
              new Promise<number>((done) => {
                const before = document.querySelector("h1");
                const began = performance.now();
                const look = () => {
                  const now = document.querySelector("h1");
                  if (now && now !== before) done(performance.now() - began);
                  else requestAnimationFrame(look);
                };
                if (element instanceof HTMLElement) element.click();
                look();
              }),
          ),
        );
        await settled(page);
      }
    return moves.map(({ name, all }) => ({ name, all, median: median(all) }));
  } finally {
    await browser.close();
  }
}

/** Next fetches what the links in view lead to, and the page looks once more: neither belongs to the move that follows. */
async function settled(page: Page): Promise<void> {
  await page.locator("h1").first().waitFor();
  await page.waitForTimeout(1500);
}
