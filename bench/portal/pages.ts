// Server time of a page: from the request to its last octet, over loopback, one request at a time.
import { get } from "node:http";
import { median, share } from "./figures";

export interface Measured {
  path: string;
  median: number;
  p95: number;
  /** addresses of the scripts that its document asks for */
  scripts: string[];
}

type Cookie = { name: string; value: string };

export async function measurePages(
  portal: string,
  cookie: Cookie,
  pages: readonly { path: string; address: string }[],
  times: number,
): Promise<Measured[]> {
  const ask = async (address: string) => {
    const began = performance.now();
    const response = await fetch(`${portal}${address}`, {
      headers: { cookie: `${cookie.name}=${cookie.value}` },
      redirect: "manual",
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${address} answered ${response.status}`);
    return { ms: performance.now() - began, text };
  };
  const measured: Measured[] = [];
  for (const { path, address } of pages) {
    const first = await ask(address);
    await ask(address);
    const all: number[] = [];
    for (let n = 0; n < times; n += 1) all.push((await ask(address)).ms);
    const asked = [...first.text.matchAll(/<script([^>]+)>/g)].map(([, attributes = ""]) => attributes);
    // `nomodule` is for browsers of another age: none that runs the portal asks for it.
    const wanted = asked.filter((attributes) => !/nomodule/i.test(attributes));
    const scripts = [...new Set(wanted.flatMap((attributes) => /src="([^"]+)"/.exec(attributes)?.[1] ?? []))];
    measured.push({ path, median: median(all), p95: share(all, 0.95), scripts });
  }
  return measured;
}

const sizes = new Map<string, number>();

/** Kilobytes (1,000 octets) of these scripts as they travel to a browser that asks as Chromium does, each counted once. */
export async function scriptsOf(portal: string, scripts: readonly string[]): Promise<number> {
  let sum = 0;
  for (const script of scripts) {
    const known = sizes.get(script) ?? (await sizeOf(new URL(script, portal)));
    sizes.set(script, known);
    sum += known;
  }
  return sum / 1000;
}

const sizeOf = (address: URL) =>
  new Promise<number>((resolve, reject) => {
    get(address, { headers: { "accept-encoding": "gzip, deflate, br, zstd" } }, (response) => {
      let octets = 0;
      response.on("data", (part: Buffer) => (octets += part.length));
      response.on("end", () => resolve(octets));
      response.on("error", reject);
    }).on("error", reject);
  });
