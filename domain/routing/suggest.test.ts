// What a stuck mail suggests as a rule, and what trials and rules say in words.
import { expect, test } from "vitest";
import { reasonWords } from "@/domain/message/reasons";
import type { RuleStep } from "./rules";
import { rule, sizeText } from "./schema";
import { sizeInput } from "./size-input";
import { ruleFrom, ruleOfAddress, type Stuck } from "./suggest";
import type { Trial } from "./trial";
import { stepWords, trialSentence } from "./trial-words";

const stuck = (reasonKind: string | null, more: Partial<Stuck> = {}): Stuck => ({
  id: "1",
  sender: "anna@partner.example",
  from: "Anna",
  subject: "An offer",
  address: "old@contoso.example",
  reasonKind,
  ...more,
});

test.each([
  ["unknown-recipient", { recipient: "old@contoso.example" }, { redirect: [] }],
  ["permanent", { recipient: "old@contoso.example" }, { redirect: [] }],
  ["spam", { sender: "anna@partner.example" }, { hold: true }],
  ["too-large", { sender: "anna@partner.example" }, { hold: true }],
  ["rule", { sender: "anna@partner.example", recipient: "old@contoso.example" }, { redirect: ["old@contoso.example"] }],
])("%s", (kind, when, outcome) => {
  expect(ruleFrom(stuck(kind))?.rule).toMatchObject({ when, then: outcome });
  expect(ruleOfAddress("c", stuck(kind))).toBe("/t/c/rules/new?of=1");
});

test("a held mail's sender gets through before all rules; the null sender is known by the subject", () => {
  expect(ruleFrom(stuck("rule"))?.place).toBe(0);
  expect(ruleFrom(stuck("spam", { sender: "" }))?.rule.when).toEqual({ subject: "An offer" });
});

test.each(["nobody", "loop", "body-missing", "uncertain", null])("nothing is suggested for %s", (kind) => {
  expect(reasonWords(kind).title).not.toBe("");
  expect(ruleFrom(stuck(kind))).toBeNull();
  expect(ruleOfAddress("c", stuck(kind))).toBeNull();
});

test.each<[string, Partial<Stuck>]>([
  ["unknown-recipient", { address: "*@contoso.example" }],
  ["rule", { address: "*@contoso.example" }],
  ["rule", { sender: "*@partner.example" }],
  ["spam", { sender: "*@partner.example" }],
  ["spam", { sender: "", subject: "*** An offer ***" }],
  ["spam", { sender: "", subject: "" }],
  ["rule", { sender: "", subject: "" }],
])("a rule for %s would take other people's mail with it, so none is suggested: %j", (kind, more) => {
  expect(ruleFrom(stuck(kind, more))).toBeNull();
  expect(ruleOfAddress("c", stuck(kind, more))).toBeNull();
});

test.each([10_000_000, 1_500_000, 1_234_567, 500, 0])("a size of %i is typed so that it stays that size", (octets) => {
  expect(sizeText.parse(sizeInput(octets))).toBe(octets);
});

test.each([
  [{ redirect: ["nobody here"] }, "then.redirect.0", /“nobody here” is no e-mail address/],
  [{ redirect: [] }, "then.redirect", /Redirect is empty/],
  [{ discard: "" }, "then.discard", /in words why/],
])("a fault of what a rule does stands at its field: %j", (outcome, path, words) => {
  const read = rule.safeParse({ name: "r", when: { subject: "*" }, then: outcome });
  expect(read.error?.issues.map((issue) => issue.path.join("."))).toEqual([path]);
  expect(read.error?.issues[0]?.message).toMatch(words);
});

const mail = { from: "", sender: "a@x.example", subject: "", size: 2000, mailbox: "info" };
const r = rule.parse({
  name: "r",
  when: {
    recipient: "b@*",
    sender: "b@*",
    subject: "*offer*",
    sizeOver: "1 MB",
    header: { name: "List-Id", contains: "n" },
  },
  then: { redirect: ["c@x.example"] },
});
test.each<[RuleStep, string]>([
  [
    { did: "unfit", keys: ["sender", "subject", "sizeOver", "header"] },
    "doesn't fit: the sender is “a@x.example”, not “b@*”, the subject is empty, not “*offer*”, it has 2 KB, not more than 1 MB and no header List-Id contains “n”",
  ],
  [{ did: "other-recipient", open: ["a@x.example"] }, "doesn't fit: it is for a@x.example, not “b@*”"],
  [
    { did: "acted", on: ["b@x.example"], became: ["c@x.example"] },
    "fits, and sends it to c@x.example instead of b@x.example",
  ],
  [{ did: "acted", on: ["c@x.example"], became: ["c@x.example"] }, "fits, and leaves it with c@x.example"],
  [{ did: "too-late" }, "isn't asked any more: a rule before it decided"],
])("in words: %j", (step, words) => expect(stepWords(step, r, mail)).toBe(words));

test("the whole in one sentence", () => {
  const one = (address: string, place: "waiting" | "held") => ({
    address,
    place,
    original: "",
    via: "To",
    reasonKind: null,
    reason: null,
  });
  const trial: Trial = {
    mail,
    rules: [{ rule: r, draft: false, step: { did: "acted", on: [], became: [] } }],
    decision: {
      held: null,
      recipients: [one("c@x.example", "waiting"), one("d@x.example", "held")],
      copies: [],
      leftOut: [],
      rules: [],
    },
    recipients: 2,
  };
  expect(trialSentence(trial)).toBe("“r” takes it. It goes to c@x.example and is held for d@x.example.");
  expect(trialSentence({ ...trial, rules: [] })).toMatch(/^No rule takes it\. /);
});
