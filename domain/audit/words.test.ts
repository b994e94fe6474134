import { expect, it } from "vitest";
import { filesBelow, source } from "@/test/doors";
import { auditKinds, auditVerb, hasWords } from "./words";

/** What code writes as an action of the log: "noun.verb" beside `action`, or in a statement on a log. */
function actionsIn(text: string): string[] {
  const named = [...text.matchAll(/\baction\b[^\n]{0,30}?["'`]([a-z-]+\.[a-z-]+)["'`]/g)].map(([, code = ""]) => code);
  const written = [...text.matchAll(/insert into (?:platform_)?audit[^;]*?'([a-z-]+\.[a-z-]+)'/g)].map(
    ([, code = ""]) => code,
  );
  const changed = [...text.matchAll(/\bchange\(scope, \w+, "([a-z-]+\.[a-z-]+)"/g)].map(([, code = ""]) => code);
  return [...named, ...written, ...changed];
}

it("has words for every action that is written", () => {
  const files = ["domain", "cli", "worker"].flatMap((folder) =>
    filesBelow(folder, (path) => /(?<!\.test)\.ts$/.test(path)),
  );
  const codes = new Set(files.flatMap((path) => actionsIn(source(path))));
  expect(codes.size).toBeGreaterThan(25);
  expect(
    [...codes].filter((code) => !hasWords(code)),
    "give them words in domain/audit/words.ts",
  ).toEqual([]);
  expect([...codes].filter((code) => !((code.split(".")[0] ?? "") in auditKinds))).toEqual([]);
});

it("shows an action that it doesn't know as it is called", () => {
  expect(auditVerb("mailbox.newer-thing")).toBe("mailbox newer thing");
});
