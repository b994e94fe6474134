// docs/operations.md names all that Mailferry can say to the people who run it, and nothing that it can't say any more.
import { expect, it } from "vitest";
import { alertKinds } from "@/domain/alert/store";
import { noticeKinds } from "@/domain/notice/wanted";
import { closedDays } from "@/domain/retention/platform";
import { source } from "./doors";

const handbook = source("docs/operations.md");

/** What stands between back quotes in the first cell of each row, below the heading and before the next one. */
function named(heading: string, firstHead: string): string[] {
  const [, after = ""] = handbook.split(`\n${heading}\n`);
  const rows = (after.split(/\n#{1,3} /)[0] ?? "").split("\n").filter((line) => line.startsWith("| "));
  const from = rows.findIndex((row) => row.startsWith(`| ${firstHead} |`));
  const below = rows.slice(from + 1);
  const to = below.findIndex((row) => /^\| \w+ \|/.test(row));
  return (to < 0 ? below : below.slice(0, to)).flatMap((row) =>
    [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
  );
}

const sorted = (names: Iterable<string>): string[] => [...new Set(names)].sort();
const found = (files: string[], pattern: RegExp): string[] =>
  files.flatMap((file) => [...source(file).matchAll(pattern)].map(([, name = ""]) => name));
/** The members of a union of string literals. */
const union = (file: string, type: string): string[] =>
  [...(source(file).split(`export type ${type} =`)[1]?.split(";")[0] ?? "").matchAll(/"([^"]+)"/g)].map(
    ([, name = ""]) => name,
  );

it("names each kind of alert", () => {
  expect(named("### Alerts", "alert").sort()).toEqual(sorted(alertKinds));
});

it("names each kind of notice", () => {
  expect(named("### Notices to the postmaster", "notice").sort()).toEqual(sorted(noticeKinds));
});

it("names each kind of reason for which a lane stops or slows down", () => {
  const stages = (source("worker/lane-fault.ts").split("const kindByStage")[1] ?? "").split("};")[0] ?? "";
  const kinds = sorted([
    // A connection that was ended on purpose moves no lane.
    ...union("mail/wire-fault.ts", "WireFaultKind").filter((kind) => kind !== "aborted"),
    ...[...stages.matchAll(/: "([^"]+)"/g)].map(([, kind = ""]) => kind),
    ...[...source("worker/lane-fault.ts").matchAll(/reasonKind = (.*);/g)].flatMap(([, said = ""]) =>
      [...said.matchAll(/[?] "([^"]+)"/g)].map(([, kind = ""]) => kind),
    ),
    ...found(["worker/lane-fault.ts", "domain/lane/control.ts"], /reasonKind: "([^"]+)"/g),
    ...[...source("worker/deliver.ts").matchAll(/reasonKind: settings \? "([^"]+)" : "([^"]+)"/g)].flatMap((hit) =>
      hit.slice(1),
    ),
    ...found(["domain/lane/breaker.ts"], /opened\(\w+, "([^"]+)"/g),
    ...found(["domain/lane/breaker.ts"], /opened\(\{[^}]*\}, "([^"]+)"/g),
    ...found(["domain/lane/breaker.ts"], /kind: "(lower-cap|pace)"/g),
  ]);
  expect(kinds).toEqual(
    expect.arrayContaining(["cut", "host", "password", "paused", "refused", "refusals", "send-as"]),
  );
  expect(named("### The server", "kind").sort()).toEqual(kinds);
});

it("names each result of a poll, and each reason for which a mailbox waits for a person", () => {
  expect(named("### Mailboxes", "result").sort()).toEqual(sorted(union("domain/mailbox/poll-result.ts", "PollResult")));
  const stops = found(
    ["worker/poll.ts", "worker/session.ts", "domain/mailbox/store-write.ts", "domain/config/apply-mailboxes.ts"],
    /\bkind: "([a-z-]+)", reason\b/g,
  );
  expect(stops.length).toBeGreaterThan(3);
  expect(named("### Mailboxes", "stop").sort()).toEqual(sorted(stops));
});

it("names each line of doctor", () => {
  const files = ["cli/commands/doctor.ts", "cli/commands/doctor-ledger.ts", "cli/commands/doctor-space.ts"];
  const lines = sorted([
    ...found(files, /\b(?:ok|fault|note)\(\s*"([^"]+)"/g),
    // Named by a variable in the code: the values that are lower than usual.
    ...found(files, /^\s+(MAILFERRY_\w+): \[/gm),
  ]);
  expect(lines.length).toBeGreaterThan(12);
  expect(named("### `doctor`", "line").sort()).toEqual(lines);
});

it("has the sentences of the overview and the warnings of a lane", () => {
  const text = handbook.replace(/\s+/g, " ");
  const files = ["needs", "flow", "flow-lane", "flow-mailbox"].map((name) => `domain/overview/${name}.ts`);
  const sentences = found(files, /title: ["`](.+?)["`],\n/g).concat(
    found(["domain/overview/flow-mailbox.ts"], /"(?:stopped|needs)",\s+`(.+?)`,\n/g),
    found(["domain/lane/settings.ts"], /return `\$\{settings\.host\} (.+?[.:]) /g),
  );
  expect(sentences.length).toBeGreaterThan(15);
  // What is the same each time: the longest stretch without a value.
  const fixed = sentences.map((one) => {
    const parts = one.split(/\$\{(?:[^{}]|\{[^}]*\})*\}/).map((part) => part.trim());
    return parts.reduce((a, b) => (b.length > a.length ? b : a), "");
  });
  expect(fixed.filter((part) => part.length > 8 && !text.includes(part.replace(/[.:]$/, "")))).toEqual([]);
});

it("names each variable", () => {
  const variables = sorted(found(["lib/env.ts"], /\b(MAILFERRY_[A-Z_]+|DATABASE_URL)\b/g));
  expect(variables.length).toBeGreaterThan(15);
  const [, table = ""] = handbook.split("\n## Variables\n");
  expect(variables.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
});

it("has the periods of retention", () => {
  const [, rest = ""] = handbook.split("\n## What is deleted when\n");
  const text = rest.split("\n## ")[0] ?? "";
  expect(text).toContain(`| ${closedDays} days after closing`);
  const days = found(["domain/retention/expire.ts", "domain/retention/mail.ts"], /export const \w+Days = (\d+)/g);
  expect(days).toHaveLength(2);
  expect(days.filter((n) => !text.includes(`${n} days`))).toEqual([]);
});

it("leads nowhere that isn't there", () => {
  const anchors = [...handbook.matchAll(/^#+ (.+)$/gm)].map(([, words = ""]) =>
    words
      .toLowerCase()
      .replace(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
  const links = [...handbook.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = ""]) => anchor);
  expect(links.filter((link) => !anchors.includes(link))).toEqual([]);
});
