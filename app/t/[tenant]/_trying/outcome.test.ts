import { expect, it } from "vitest";
import type { TriedAll, TriedNow } from "@/domain/queue/tried";
import { outcomeOf, outcomeOfAnswer } from "./outcome";

const at = new Date("2026-11-26T14:03:00Z");
const later = (minutes: number) => new Date(at.getTime() + minutes * 60_000);
const asked: TriedAll = { at, mails: 3, until: 9 };
const before: TriedNow = {
  host: "mail.example",
  state: "open",
  reason: "It did not answer.",
  nextTryAt: at,
  accepted: 0,
  stuck: 0,
  waiting: 3,
  putOff: 0,
};
const clock = (when: Date) => when.toISOString().slice(11, 16);

it.each<[string, Partial<TriedNow>, string, boolean]>([
  ["asked for", {}, "mail.example is tried as soon as a worker comes to it.", false],
  [
    "tried now",
    { state: "half-open" },
    "mail.example is being tried with one mail. If it takes it, the others follow.",
    false,
  ],
  [
    "tried in vain",
    { nextTryAt: later(10) },
    "mail.example was tried again, as asked at 14:03, and still takes no mail; the next try is at 14:13. It did not answer.",
    true,
  ],
  ["begun", { state: "closed" }, "3 mails are due and tried in turn, the oldest first.", false],
  ["some out", { state: "closed", accepted: 2, waiting: 1 }, "2 mails went out; 1 still waits for its turn.", false],
  ["all out", { state: "closed", accepted: 3, waiting: 0 }, "3 mails went out.", true],
  [
    "refused, which is not out",
    { state: "closed", accepted: 1, stuck: 2, waiting: 0 },
    "1 mail went out; 2 are in BADMAIL or held.",
    true,
  ],
  [
    "put off: nothing more comes of it",
    { state: "closed", accepted: 1, waiting: 2, putOff: 2 },
    "1 mail went out; 2 were put off by mail.example and are tried again.",
    true,
  ],
  ["gone otherwise", { state: "closed", waiting: 0 }, "None of these mails waits any more.", true],
  ["paused by somebody", { state: "paused" }, "Delivery to mail.example was paused meanwhile.", true],
])("%s: %o", (_case, now, title, over) => {
  expect(outcomeOf(asked, { ...before, ...now }, clock)).toMatchObject({ title, over });
});

it.each<[string, Partial<TriedNow>, string, boolean]>([
  [
    "many out and many more waiting",
    { accepted: 9_999, stuck: 1, waiting: 10_000, putOff: 1 },
    "9,999 or more mails went out; 1 or more are in BADMAIL or held; 1 or more were put off by mail.example and are tried again; 9,999 or more still wait for their turn.",
    false,
  ],
  [
    "all that were counted are put off, and nobody knows of the others",
    { waiting: 10_000, putOff: 10_000 },
    "10,000 or more were put off by mail.example and are tried again.",
    false,
  ],
  [
    "more out than are counted, and no more waiting",
    { accepted: 10_000, waiting: 0 },
    "10,000 or more mails went out.",
    true,
  ],
])("past the counting, %s: %o", (_case, now, title, over) => {
  const found = outcomeOf({ ...asked, mails: 30_000 }, { ...before, state: "closed", ...now }, clock);
  expect(found).toMatchObject({ title, over });
});

it("nothing was due: no mail is counted then, whatever waits", () => {
  const now = { ...before, state: "closed", waiting: 0 } as const;
  expect(outcomeOf({ at, mails: 0, until: 0 }, now, clock)).toEqual({
    state: "idle",
    title: expect.stringMatching(/^No mail waits for its time/),
    over: true,
  });
});

it("a refusal is said and nobody is asked again; a portal that does not answer is", () => {
  const message = "You are signed out.";
  expect(outcomeOfAnswer(asked, { ok: false, message }, clock)).toEqual({ state: "needs", title: message, over: true });
  expect(outcomeOfAnswer(asked, null, clock)).toBe("later");
  expect(outcomeOfAnswer(asked, { ok: true, data: null }, clock)).toBe("gone");
  expect(outcomeOfAnswer(asked, { ok: true, data: before }, clock)).toEqual(outcomeOf(asked, before, clock));
});
