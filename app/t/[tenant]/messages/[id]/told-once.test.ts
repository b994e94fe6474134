import { describe, expect, it } from "vitest";
import { replyWords } from "./reply-words";
import { isLastStop, wordsAtEnd } from "./told-once";

const at = new Date("2026-11-25T15:49:48.123Z");
const earlier = new Date("2026-11-25T14:00:00Z");
const taken = { place: "delivered", decidedAt: at, replyCode: 250, replyEnhanced: "2.6.0", replyText: "2.6.0 Queued" };

describe("what the last stop tells", () => {
  it.each([
    ["the acceptance that it shows", { kind: "delivered", at }, "delivered", [taken], true],
    ["an earlier refusal of the same mail", { kind: "badmail", at: earlier }, "delivered", [taken], false],
    [
      "an earlier BADMAIL, in BADMAIL again",
      { kind: "badmail", at: earlier },
      "badmail",
      [{ ...taken, place: "badmail" }],
      false,
    ],
    ["what a person did at that moment", { kind: "delivered", at, who: "Anna" }, "delivered", [taken], false],
    [
      "what retention removed",
      { kind: "expired", at, who: "retention" },
      "expired",
      [{ ...taken, place: "expired" }],
      true,
    ],
    ["held before it had recipients", { kind: "held", at: earlier }, "held", [], true],
    ["was held, and somebody decided", { kind: "held", at: earlier }, "delivered", [taken], false],
  ])("%s", (_name, event, place, recipients, is) => {
    expect(isLastStop({ who: "", ...event }, { mail: { place }, recipients })).toBe(is);
  });

  it("the server's words stand there, whatever attempt brought them", () => {
    const words = wordsAtEnd([taken]);
    expect(words.has(replyWords({ code: 250, enhanced: "2.6.0", text: "2.6.0 Queued" }))).toBe(true);
    expect(words.has(replyWords({ code: 451, enhanced: "4.7.0", text: "later" }))).toBe(false);
  });
});
