import { expect, test } from "vitest";
import type { QueueLane } from "@/domain/queue/lane";
import { laneWords } from "./lane-words";

const now = new Date("2026-11-26T14:00:00Z");
const lane: QueueLane = {
  host: "mail.example",
  port: 25,
  state: "closed",
  reasonKind: null,
  reason: null,
  since: now,
  nextTryAt: null,
  inUse: 0,
  cap: 5,
  mostConnections: 5,
  answerAwaitedSince: null,
  pacePerMinute: null,
  retryMinutes: 10,
  lastAcceptedAt: now,
  warning: null,
  site: "main",
  attended: true,
};
const some = { collected: 2, others: 0, oldestAt: new Date(now.getTime() - 240_000) };
const none = { collected: 0, others: 0, oldestAt: null };

test.each([
  ["all out", {}, none, "flowing", "Nothing waits: mail.example has taken all mail."],
  [
    "nothing ever sent",
    { lastAcceptedAt: null },
    none,
    "idle",
    "Nothing waits, and nothing was sent to mail.example yet.",
  ],
  ["on its way", {}, some, "flowing", "Mail is going to mail.example."],
  ["nobody sends", { attended: false }, some, "needs", "2 mails wait for mail.example, the oldest for 4 minutes."],
] as const)("%s", (_case, more, counts, state, title) => {
  expect(laneWords({ ...lane, ...more }, counts, () => "14:00", now)).toMatchObject({ state, title });
});
