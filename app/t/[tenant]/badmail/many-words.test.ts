import { describe, expect, it, test } from "vitest";
import { reasonWords } from "@/domain/message/reasons";
import { forMany } from "./many-words";

test.each([
  ["Exchange took it for spam", "Exchange took them for spam"],
  ["No address of yours is in it", "No address of yours is in them"],
  ["It is larger than Exchange takes", "They are larger than Exchange takes"],
  ["Its header is larger than Exchange takes", "Their headers are larger than Exchange takes"],
  ["Deliver it to an address, or delete it.", "Deliver them to an address, or delete them."],
  ["Add the address and send the mail again.", "Add the address and send them again."],
  ["If the mail is wanted, send it again.", "If the mails are wanted, send them again."],
  ["Read the server's words, then send one as a trial.", "Read the server's words, then send one as a trial."],
  ["The rule “send it” holds it", "The rule “send it” holds them"],
])("%s", (one, many) => {
  expect(forMany(one, 1)).toBe(one);
  expect(forMany(one, 2)).toBe(many);
});

describe("every known reason", () => {
  const kinds = ["spam", "unknown-recipient", "permanent", "too-large", "header-too-large", "own-sender", "smtputf8"];
  it.each([...kinds, "gave-up", "nobody", "loop", "rule", "uncertain", "kills-worker"])(
    "%s has no “it” for many",
    (kind) => {
      const { title, remedy } = reasonWords(kind);
      // the forwarding, the gateway and the permission are no mails
      expect(`${forMany(title, 3)} ${forMany(remedy, 3)}`.replace(/(end|before|Allow) it/, "")).not.toMatch(
        /\b(it|its header)\b/i,
      );
    },
  );
});
