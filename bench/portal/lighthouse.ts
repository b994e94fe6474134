// Lighthouse's scores of the pages that people meet first, by its own program where it is installed, in its form for desks: the
// portal is worked with at one.
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

export interface Scores {
  path: string;
  /** of 100 */
  performance: number;
  accessibility: number;
}

const pages = ["/sign-in", "/tenants", "/t/t0", "/t/t0/exchange", "/t/t0/messages"];

/**
 * Null where it is not installed; throws when it fails. A page takes a minute: the stream of news never ends, and Lighthouse waits
 * for a network that is idle as long as it does. Given less patience, it counts other work than the page's.
 */
export async function measureLighthouse(
  portal: string,
  cookie: { name: string; value: string },
  browser: string,
): Promise<Scores[] | null> {
  const folder = mkdtempSync(join(tmpdir(), "mailferry-lighthouse-"));
  try {
    // In a file, since everybody on the machine may read a command's words.
    const headers = join(folder, "headers.json");
    writeFileSync(headers, JSON.stringify({ Cookie: `${cookie.name}=${cookie.value}` }), { mode: 0o600 });
    const all: Scores[] = [];
    for (const path of pages) {
      const signedIn = path === "/sign-in" ? [] : [`--extra-headers=${headers}`];
      const said = await lighthouse([`${portal}${path}`, ...signedIn], browser);
      if (said === null) return null;
      all.push({ path, ...scoresOf(said) });
    }
    return all;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What it prints; null when there is no such program. */
function lighthouse(words: string[], browser: string): Promise<string | null> {
  const args = [
    ...words,
    "--preset=desktop",
    "--only-categories=performance,accessibility",
    "--output=json",
    "--quiet",
    "--no-enable-error-reporting",
    "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
  ];
  return new Promise((done, failed) => {
    const program = spawn("lighthouse", args, {
      env: { ...process.env, CHROME_PATH: browser },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let said = "";
    program.stdout.on("data", (piece) => {
      said += piece;
    });
    program.on("error", (fault) => ("code" in fault && fault.code === "ENOENT" ? done(null) : failed(fault)));
    program.on("close", (code) => (code === 0 ? done(said) : failed(new Error(`lighthouse ended with ${code}`))));
  });
}

const score = z.object({ score: z.number().nullable() });
const report = z.object({ categories: z.object({ performance: score, accessibility: score }) });

function scoresOf(said: string): Omit<Scores, "path"> {
  const { performance, accessibility } = report.parse(JSON.parse(said)).categories;
  const of = ({ score }: { score: number | null }) => Math.round((score ?? 0) * 100);
  return { performance: of(performance), accessibility: of(accessibility) };
}
