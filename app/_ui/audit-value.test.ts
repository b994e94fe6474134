import { expect, it } from "vitest";
import { valueWords } from "./audit-value";

it.each([
  ["2026-11-27T17:00:00.000Z", "27 Nov 2026, 18:00 CET"],
  ["2026-11-27T18:00+01:00", "27 Nov 2026, 18:00 CET"],
  ["2026-11-27", "2026-11-27"],
  ["2026-99-99T17:00:00Z", "2026-99-99T17:00:00Z"],
  ["all", "all"],
  [true, "yes"],
  ["", "–"],
  [["info@contoso.example", "sales@contoso.example"], "info@contoso.example, sales@contoso.example"],
  [[], "–"],
  [Array.from({ length: 1021 }, () => "a"), `${"a, ".repeat(20)}and 1,001 more`],
  [{ spam: true }, '{"spam":true}'],
])("%j is shown as %s", (value, words) => expect(valueWords(value, "Europe/Berlin")).toBe(words));
