// Somebody looks at the portal: its overview and the search for a mail, one request after the other, by what `npm run build` made.
import { randomBytes } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openOwner } from "@/e2e/owner";
import { startPortal } from "@/e2e/start";
import { rest } from "@/lib/clock";
import type { Place } from "@/test/worker-process";
import type { Ends, Later, PageTimes } from "./contender";

export interface Visit {
  begin(): void;
  end(): Promise<void>;
  pages(): PageTimes[];
}

/** Between two requests: a person who reads, or an open page that follows the news. */
const pauseMs = 100;
const timesAlone = 20;

/** Null: it is built. */
export const needBuild = (): string | null =>
  existsSync(".next/mailferry-stamp") ? null : "it needs the built portal: npm run build";

export async function openPortal(place: Place, { boxes }: Ends, later: Later): Promise<Visit> {
  writeFileSync(join(place.folder, "nextauth.secret"), `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
  const owner = openOwner(place.db.urls.owner, place.folder);
  const { name, value } = await owner.cookieOf(await owner.makePlatformPerson("admin", "a bench of oak"));
  await owner.close();
  const portal = await startPortal(place.folder, { MAILFERRY_WEB_DATABASE_URL: place.db.urls.web });
  later(() => portal.stop());
  const slug = boxes[0]?.company ?? "";
  const addresses = { overview: `/t/${slug}`, trace: `/t/${slug}/messages?q=sender@elsewhere.example` };
  const pages = Object.keys(addresses).map((page): PageTimes => ({ name: page, alone: [], busy: [] }));
  const ask = async (address: string) => {
    const began = performance.now();
    const response = await fetch(`${portal.url}${address}`, {
      headers: { cookie: `${name}=${value}` },
      redirect: "manual",
    });
    await response.text();
    if (response.status !== 200)
      throw new Error(`${address} answered ${response.status}; the portal said: ${portal.log().slice(-1000)}`);
    return performance.now() - began;
  };
  const round = async (into: (page: PageTimes) => number[]) => {
    for (const [n, address] of Object.values(addresses).entries()) {
      const page = pages[n];
      if (page) into(page).push(await ask(address));
    }
  };
  // Two that aren't counted: what is made once is made then.
  for (let n = 0; n < 2; n += 1) await round(() => []);
  for (let n = 0; n < timesAlone; n += 1) await round(({ alone }) => alone);
  return look(pages, () => round(({ busy }) => busy));
}

function look(pages: PageTimes[], round: () => Promise<void>): Visit {
  let goes = false;
  let over: Promise<void> = Promise.resolve();
  const loop = async () => {
    while (goes) {
      await round();
      await rest(pauseMs);
    }
  };
  return {
    begin: () => {
      goes = true;
      over = loop();
      // Whoever ends the visit hears of a fault.
      over.catch(() => {});
    },
    end: async () => {
      goes = false;
      await over;
    },
    pages: () => pages,
  };
}
