// How far a round of looks is, and that what nobody knows counts neither as found nor as wrong.
import { expect, test } from "vitest";
import type { Look, StoppedMailbox } from "@/domain/mailbox/stopped";
import { foundWords, progressOf, startQuestion } from "./words";

const now = new Date("2026-11-26T10:00:00Z");
const look = (more: Partial<Look> = {}): Look => ({
  going: false,
  asked: now,
  at: now,
  fault: "",
  unknown: "",
  count: 3,
  bytes: 300,
  atLeast: false,
  oldest: null,
  newest: null,
  ...more,
});
const row = (found: Look | null): StoppedMailbox => ({
  id: "",
  name: "info",
  username: "info",
  host: "pop.example",
  start: "all",
  after: "keep",
  hasPassword: true,
  look: found,
});

test("the round that is under way, and no earlier one", () => {
  const earlier = row(look({ asked: new Date(0) }));
  expect(progressOf([row(null), earlier])).toBeNull();
  const round = [row(look()), row(look({ going: "running" })), row(look({ going: "waiting" }))];
  expect(progressOf([...round, earlier])).toEqual({ done: 1, of: 3 });
});

test("what gave no answer is told, and can be started without a number", () => {
  const rows = [row(look()), row(look({ unknown: "No answer.", count: 0 }))];
  expect(foundWords(rows)).toMatch(/In 1 of them: 3 mails .*1 gave no answer in time: look into it again/);
  expect(startQuestion(rows)).toMatchObject({ count: 2 });
  expect(startQuestion(rows).sentences.join(" ")).toMatch(/1 mailbox was not looked into/);
});
