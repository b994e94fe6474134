import { describe, expect, it } from "vitest";
import { isWanted, type NotifyBoxes, noticeSentence } from "./wanted";

const both = [true, false];
const all: NotifyBoxes[] = both.flatMap((spam) =>
  both.flatMap((unknownRecipient) =>
    both.flatMap((badmail) => both.map((collecting) => ({ spam, unknownRecipient, badmail, collecting }))),
  ),
);

describe("noticeSentence", () => {
  it("is one sentence, and another one for each of the 16 combinations", () => {
    const sentences = all.map(noticeSentence);
    expect(new Set(sentences).size).toBe(16);
    for (const sentence of sentences) expect(sentence).toMatch(/^[A-Z][^.!]*\.$/);
  });

  it("says that unticking spam alone changes nothing while BADMAIL is ticked", () => {
    expect(noticeSentence({ spam: false, unknownRecipient: true, badmail: true, collecting: true })).toMatch(
      /^Spam refusals are still told because they move to BADMAIL; untick that too/,
    );
  });

  it("agrees with what is told", () => {
    for (const boxes of all) {
      const sentence = noticeSentence(boxes);
      if (isWanted("spam", boxes) && isWanted("unknown-recipient", boxes) && isWanted("held", boxes))
        expect(sentence).toMatch(/told/);
      if (!isWanted("spam", boxes) && !isWanted("unknown-recipient", boxes))
        expect(sentence).toMatch(/^(Mail moves|Nobody)/);
    }
  });
});

describe("isWanted", () => {
  it("tells spam under its own box or under BADMAIL", () => {
    const none = { spam: false, unknownRecipient: false, badmail: false, collecting: false };
    expect(isWanted("spam", { ...none, spam: true })).toBe(true);
    expect(isWanted("spam", { ...none, badmail: true })).toBe(true);
    expect(isWanted("spam", { ...none, unknownRecipient: true })).toBe(false);
    expect(isWanted("held", { ...none, spam: true })).toBe(false);
    expect(isWanted("collecting", { ...none, badmail: true })).toBe(false);
    expect(isWanted("retention", none)).toBe(true);
  });
});
