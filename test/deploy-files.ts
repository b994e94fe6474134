// The files of a deploy, read as the programs that use them do: Dockerfile, .dockerignore, compose.yaml, systemd's units.
import { readFileSync } from "node:fs";
import { parse } from "yaml";

export interface Step {
  word: string;
  rest: string;
}

/** The Dockerfile's instructions in order, lines that go on put together. */
export function dockerfileSteps(): Step[] {
  return readFileSync("Dockerfile", "utf8")
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [, word = "", rest = ""] = /^(\w+)\s+(.*)$/.exec(line) ?? [];
      return { word, rest: rest.trim() };
    });
}

/** Whether a path of the build's context is kept out of it: what the last line says that fits it or a folder above it. */
export function ignoredByDocker(text = readFileSync(".dockerignore", "utf8")): (path: string) => boolean {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
  const tests = lines.map((line) => {
    const pattern = line.replace(/^!/, "").replace(/^\/|\/$/g, "");
    const escaped = pattern.replace(/[.+^${}()|[\]]/g, "\\$&");
    const words = escaped.replaceAll("**/", "\0").replaceAll("*", "[^/]*").replaceAll("\0", "(?:.*/)?");
    return { ignores: !line.startsWith("!"), fits: new RegExp(`^${words}(?:/|$)`) };
  });
  return (path) => path !== "." && (tests.findLast(({ fits }) => fits.test(path))?.ignores ?? false);
}

export interface Service {
  image?: string;
  build?: string;
  command?: string[];
  environment?: Record<string, string>;
  volumes?: string[];
  ports?: string[];
  read_only?: boolean;
  tmpfs?: string[];
  cap_drop?: string[];
  networks?: string[];
  stop_grace_period?: string;
  depends_on?: Record<string, { condition: string }>;
}

export interface Compose {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/**
 * compose.yaml with its variables put in, after it was parsed as compose does it: `${NAME:?}` has to be given, `${NAME:-}` may
 * be missing and is then empty.
 */
export function composeWith(given: Record<string, string>): Compose {
  const filled = (text: string) =>
    text.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, sign: string, rest: string) => {
      if (given[name]) return given[name];
      if (sign === "?") throw new Error(`${name} is not given`);
      return rest;
    });
  return parse(readFileSync("compose.yaml", "utf8"), (_, value) => {
    const text = typeof value === "string" ? filled(value) : value;
    if (typeof text === "string" && text.includes("${")) throw new Error(`“${text}” is not understood here`);
    return text;
  });
}

/** The variables that have to be given, and those that the file's own head tells people to write down. */
export function composeAsks(): { needed: string[]; told: string[] } {
  const text = readFileSync("compose.yaml", "utf8");
  const [head = ""] = text.split(/^name:/m);
  const names = (pattern: RegExp, from: string) => [
    ...new Set([...from.matchAll(pattern)].map(([, name = ""]) => name)),
  ];
  return { needed: names(/\$\{(\w+):\?\}/g, text).sort(), told: names(/\b([A-Z][A-Z_]+)=/g, head).sort() };
}

/** `660s`, `11m`, `1h30m` in seconds, as Docker and systemd write them; a number alone is seconds. */
export function seconds(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  const units: Record<string, number> = { h: 3600, m: 60, min: 60, s: 1, sec: 1 };
  const parts = [...text.matchAll(/(\d+)\s*(h|min|m|sec|s)/g)];
  if (parts.map(([whole]) => whole).join("") !== text.replace(/\s+/g, "")) throw new Error(`${text} is no time`);
  return parts.reduce((sum, [, count, unit]) => sum + Number(count) * (units[unit ?? ""] ?? 0), 0);
}

/** A unit's settings by name; one that stands there twice has both values. */
export function unitSettings(file: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const line of readFileSync(file, "utf8").split("\n")) {
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? [];
    if (name) found.set(name, [...(found.get(name) ?? []), value]);
  }
  return found;
}

/** What `Environment=` sets. */
export const unitEnvironment = (unit: Map<string, string[]>): Record<string, string> =>
  Object.fromEntries(
    (unit.get("Environment") ?? []).flatMap((line) => line.split(" ")).map((pair) => pair.split(/=(.*)/s).slice(0, 2)),
  );
