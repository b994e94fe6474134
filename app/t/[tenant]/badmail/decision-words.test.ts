import { describe, expect, it } from "vitest";
import type { Choice } from "@/domain/message/decide-schema";
import { helpOf, titleOf, verbOf, wordsOf } from "./decision-words";

const all: Choice["do"][] = ["send-again", "send-to", "delete"];
const said = (what: Choice["do"], mails: number, unaddressed = false) => {
  const asked = { what, mails, unaddressed };
  return [titleOf(asked), wordsOf(asked), helpOf(asked), verbOf(asked)].join(" ");
};

describe("a decision is spoken of", () => {
  it.each(all)("as one where it is about one: %s", (what) => {
    expect(said(what, 1)).not.toMatch(/\b(mails|Each|gets them|every)\b/);
    expect(said(what, 1)).toMatch(/1 mail\b/);
  });

  it.each(all)("as many where it is about many: %s", (what) => {
    expect(said(what, 1200)).toMatch(/1,200 mails/);
    expect(said(what, 1200)).not.toMatch(/\b(It goes|Nobody gets it)\b/);
  });

  it("without an address to replace where nobody has the mail yet", () => {
    expect(said("send-to", 1, true)).toMatch(/^Deliver 1 mail No address of yours is in it\. It goes to the address/);
    expect(said("send-to", 3, true)).toMatch(/^Deliver 3 mails No address of yours is in them\. Each goes/);
    expect(said("send-to", 1, true)).not.toMatch(/another|no longer|refused/);
  });
});
