import { expect, it } from "vitest";
import { type LimitedLane, limitWords } from "./limit";

const well: LimitedLane = {
  host: "mail.contoso.example",
  state: "closed",
  reasonKind: null,
  reason: null,
  pacePerMinute: null,
  cap: null,
  maxConnections: 5,
};

it.each<[string, Partial<LimitedLane>, string | null]>([
  ["no limit", {}, null],
  ["a pace", { pacePerMinute: 24 }, "Mail flows at 24 mails a minute: mail.contoso.example takes no more."],
  ["the slowest pace", { pacePerMinute: 1 }, "Mail flows at 1 mail a minute: mail.contoso.example takes no more."],
  [
    "fewer connections",
    { cap: 2, reasonKind: "lower-cap" },
    "Mail flows over 2 of 5 connections: mail.contoso.example takes no more.",
  ],
  ["a server that is just back and gets one connection first", { cap: 1 }, null],
  ["a cap that no longer limits", { cap: 5, reasonKind: "lower-cap" }, null],
  [
    "both",
    { pacePerMinute: 24, cap: 2, reasonKind: "pace" },
    "Mail flows at 24 mails a minute over 2 of 5 connections: mail.contoso.example takes no more.",
  ],
  ["a lane that stands", { pacePerMinute: 24, state: "open" }, null],
])("%s", (_, lane, title) => {
  expect(limitWords({ ...well, ...lane })?.title ?? null).toBe(title);
});

it("names the limit to raise in the breaker's words, and that it eases by itself", () => {
  const words = limitWords({
    ...well,
    pacePerMinute: 24,
    reasonKind: "pace",
    reason: "The server limits it. To allow more: Set-ReceiveConnector <name> -MessageRateLimit unlimited",
  });
  expect(words?.detail).toMatch(/faster again by itself.*-MessageRateLimit unlimited$/);
});
