import { expect, it } from "vitest";
import { waitsFor } from "./waits";

const now = new Date("2026-11-25T15:50:00Z");
const soon = new Date("2026-11-25T15:55:00Z");
const later = new Date("2026-11-25T16:20:00Z");
const since = new Date("2026-11-25T15:48:00Z");
const at = (when: Date) => when.toISOString().slice(11, 16);
const lane = { host: "mail.x.example", reason: null, since, nextTryAt: null, attended: true, site: "main" };
const down = { ...lane, state: "open", reason: "It can't be reached: refused.", nextTryAt: soon } as const;

it.each([
  ["no server", null, null, /no Exchange server/, /when there is one/],
  [
    "a server that is down",
    down,
    null,
    /^Waiting: It can't be reached: refused\.$/,
    /since 15:48.* next try is at 15:55; .* it goes at once\.$/,
  ],
  ["put off beyond the next try", down, later, /refused/, /next try is at 15:55; .* it goes at 16:20\.$/],
  ["being tried", { ...lane, state: "half-open" }, null, /tried with one mail/, /this one follows/],
  [
    "paused",
    { ...lane, state: "paused", reason: "Paused by Olaf." },
    null,
    /^Waiting: Paused by Olaf\.$/,
    /since 15:48.*Resume/,
  ],
  ["its own next try", { ...lane, state: "closed" }, later, /^Waiting for mail\.x\.example\.$/, /16:20/],
  ["due", { ...lane, state: "closed" }, since, /^Waiting for mail/, /due now/],
  [
    "nobody delivers",
    { ...lane, state: "closed", attended: false },
    null,
    /No worker of the site “main” is running/,
    /when one starts/,
  ],
] as const)("%s", (_name, given, own, title, next) => {
  const said = waitsFor(given, own, at, now);
  expect(said.title).toMatch(title);
  expect(said.next).toMatch(next);
});
