import { expect, it } from "vitest";
import { type Asked, type LaneNow, outcomeOf } from "./outcome";

const at = new Date("2026-11-26T14:03:00Z");
const later = (minutes: number) => new Date(at.getTime() + minutes * 60_000);
const asked: Asked = { at, mails: 3, nextTryBefore: later(7) };
const lane: LaneNow = {
  host: "mail.example",
  state: "open",
  reason: "It did not answer.",
  nextTryAt: null,
  waiting: 3,
};
const clock = (when: Date) => when.toISOString().slice(11, 16);

it.each<[string, Partial<LaneNow>, string, boolean]>([
  [
    "the page as it was before",
    { nextTryAt: later(7) },
    "mail.example is tried as soon as a worker comes to it.",
    false,
  ],
  ["asked for", { nextTryAt: at }, "mail.example is tried as soon as a worker comes to it.", false],
  [
    "tried now",
    { state: "half-open" },
    "mail.example is being tried with one mail. If it takes it, the others follow.",
    false,
  ],
  [
    "tried in vain",
    { nextTryAt: later(10) },
    "mail.example was tried after 14:03 and still takes no mail; the next try is at 14:13. It did not answer.",
    true,
  ],
  ["all out", { state: "closed", waiting: 0 }, "mail.example was tried, and no mail waits any more.", true],
  ["some out", { state: "closed", waiting: 1 }, "2 mails of 3 went out so far; 1 still waits.", false],
  ["begun", { state: "closed" }, "3 mails are due and tried in turn, the oldest first.", false],
  ["paused by somebody", { state: "paused" }, "Delivery to mail.example was paused meanwhile.", true],
])("%s: %o", (_case, now, title, over) => {
  expect(outcomeOf(asked, { ...lane, ...now }, later(0.5), clock)).toMatchObject({ title, over });
});
