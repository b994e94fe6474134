// Checklist 9: libraries below these versions have holes that matter here; the lock file is what gets installed.
import { expect, it } from "vitest";
import { source } from "../doors";

interface Lock {
  packages: Record<string, { version?: string; resolved?: string }>;
}
const lock: Lock = JSON.parse(source("package-lock.json"));

const least: Record<string, string> = {
  // bypasses of proxy.ts
  next: "16.2.11",
  // account takeover by crafted addresses
  "next-auth": "4.24.15",
  // 9.x lets a bare CR through and can add a dot after NUL
  nodemailer: "10.6.0",
};

const parts = (version: string) => version.split(/[.-]/).slice(0, 3).map(Number);
function reaches(version: string, wanted: string): boolean {
  const [have, want] = [parts(version), parts(wanted)];
  const at = want.findIndex((part, index) => part !== have[index]);
  return at < 0 || (have[at] ?? 0) > (want[at] ?? 0);
}

it.each(Object.entries(least))("%s is locked at %s or newer, wherever it is installed", (name, wanted) => {
  const copies = Object.entries(lock.packages).filter(([path]) => path.endsWith(`node_modules/${name}`));
  expect(copies.length).toBeGreaterThan(0);
  expect(copies.filter(([, { version = "" }]) => !reaches(version, wanted))).toEqual([]);
});

it("names no host that packages come from", () => {
  expect(Object.entries(lock.packages).filter(([, { resolved }]) => resolved?.includes("://"))).toEqual([]);
});
