import { expect, test } from "vitest";
import type { RecipientSettings } from "@/domain/mailbox/schema";
import { parseHeaders } from "@/mail/headers";
import { recipientsOf } from "./recipients";
import { decideRoute } from "./route";
import type { RuleStep } from "./rules";
import { rule } from "./schema";
import { wildcard } from "./wildcard";

const headersOf = (...lines: string[]) => parseHeaders(Buffer.from(`${lines.join("\r\n")}\r\n\r\n`));
const catchAll: RecipientSettings = {
  mode: "headers",
  headers: ["Delivered-To", "X-Original-To", "Received", "To"],
  domains: ["contoso.example"],
  own: ["catchall@contoso.example"],
  nobody: "hold",
};

test.each<[string, string[], string[], string | undefined, string[]]>([
  [
    "first header wins",
    ["Delivered-To: a@contoso.example", "X-Original-To: b@contoso.example"],
    ["a@contoso.example"],
    "Delivered-To",
    [],
  ],
  [
    "the mailbox's own name is nobody",
    ["Delivered-To: catchall@contoso.example", "X-Original-To: b@contoso.example"],
    ["b@contoso.example"],
    "X-Original-To",
    [],
  ],
  [
    "own name beside another",
    ["Delivered-To: catchall@contoso.example", "Delivered-To: b@contoso.example"],
    ["b@contoso.example"],
    "Delivered-To",
    [],
  ],
  [
    "topmost first, without case, once",
    ["Delivered-To: b@contoso.example", "Delivered-To: A@Contoso.example", "Delivered-To: B@contoso.example"],
    ["b@contoso.example", "A@contoso.example"],
    "Delivered-To",
    [],
  ],
  [
    "Received for",
    ["Received: from x by y for <info@contoso.example>; Tue, 24 Nov 2026 02:00:00 +0000", "To: a@contoso.example"],
    ["info@contoso.example"],
    "Received",
    [],
  ],
  [
    "To and Cc are one, own counts",
    ["To: catchall@contoso.example, x@other.example", "Cc: b@contoso.example"],
    ["catchall@contoso.example", "b@contoso.example"],
    "To",
    ["x@other.example"],
  ],
  ["Cc alone", ["To: x@other.example", "Cc: b@contoso.example"], ["b@contoso.example"], "Cc", ["x@other.example"]],
  [
    "Resent-To and Resent-Cc count with To",
    ["Resent-Cc: r@contoso.example", "To: a@contoso.example", "Resent-To: b@contoso.example"],
    ["a@contoso.example", "b@contoso.example", "r@contoso.example"],
    "To",
    [],
  ],
  [
    "To is tried last, wherever it stands in the list",
    ["To: a@contoso.example", "X-Original-To: b@contoso.example"],
    ["b@contoso.example"],
    "X-Original-To",
    [],
  ],
  ["nobody", ["To: x@other.example", "Delivered-To: catchall@contoso.example"], [], undefined, []],
])("multi-drop: %s", (_name, lines, addresses, via, leftOut) => {
  const found = recipientsOf(headersOf(...lines), catchAll);
  expect(found.recipients.map((one) => one.address.toLowerCase())).toEqual(addresses.map((one) => one.toLowerCase()));
  expect(found.recipients[0]?.via).toBe(via);
  expect(found.leftOut).toEqual(leftOut);
  expect(found.nobody).toBe(addresses.length === 0);
});

const addresses = (count: number, domain: string) => Array.from({ length: count }, (_, n) => `a${n}@${domain}`);
const cc = (all: string[]) => all.map((address) => `Cc: ${address}`);
const decided = (...lines: string[]) =>
  decideRoute(
    { sender: "x@out.example", subject: "", mailbox: "info", size: 1, headers: headersOf(...lines) },
    catchAll,
    [],
  );

test("strangers' addresses before ours, however many, keep none of ours away", () => {
  const found = decided(...cc(addresses(500, "other.example")), ...cc(addresses(3, "contoso.example")));
  expect(found.recipients.map(({ address, place }) => [address, place])).toEqual(
    addresses(3, "contoso.example").map((address) => [address, "waiting"]),
  );
  expect(found.leftOut).toHaveLength(200);
});

test.each([
  [200, "waiting", null],
  [201, "held", "too-many-recipients"],
] as const)("%i addresses of ours: all are kept, %s", (count, place, reasonKind) => {
  const { held, recipients } = decided(...cc(addresses(count, "contoso.example")));
  expect([held, recipients.length]).toEqual([null, count]);
  for (const one of recipients) expect(one).toMatchObject({ place, reasonKind });
});

test("a flood of addresses of ours: held as a whole, with the number", () => {
  const { held, recipients } = decided(...cc(addresses(2001, "contoso.example")));
  expect(recipients).toEqual([]);
  expect(held).toMatchObject({ reasonKind: "too-many-recipients", reason: expect.stringContaining("2001 addresses") });
});

test("nobody may be an address", () => {
  const found = recipientsOf(headersOf("To: x@other.example"), { ...catchAll, nobody: "post@contoso.example" });
  expect(found).toEqual({
    recipients: [{ address: "post@contoso.example", via: "nobody" }],
    leftOut: [],
    nobody: false,
  });
});

test.each([
  ["*@contoso.example", "A@Contoso.Example", true],
  ["*invoice*", "Your INVOICE 5", true],
  ["invoice", "Your invoice", false],
  ["a*a", "a", false],
  ["a*b*c", "axxbyyc", true],
  ["*", "", true],
])("%s on %s", (pattern, text, matches) => expect(wildcard(pattern, text)).toBe(matches));

test("a hostile pattern takes no time", () => {
  expect(wildcard("*a".repeat(120), "a".repeat(500_000))).toBe(true);
  expect(wildcard(`${"*a".repeat(120)}b`, "a".repeat(500_000))).toBe(false);
});

const mail = (...lines: string[]) => ({
  sender: "x@out.example",
  subject: "Hello",
  mailbox: "info",
  size: 5000,
  headers: headersOf(...lines),
});
const ruleOf = (name: string, when: object, outcome: object, goOn = false) =>
  rule.parse({ name, when, then: outcome, continue: goOn });
const both = mail("Delivered-To: a@contoso.example", "Delivered-To: b@contoso.example");
const placesOf = (...rules: ReturnType<typeof ruleOf>[]) =>
  decideRoute(both, catchAll, rules).recipients.map((one) => [one.address, one.place, one.original]);

test.each<[string, object, boolean]>([
  ["all keys hold", { sender: "x@*", subject: "hel*", mailbox: "info", recipient: "a@*" }, true],
  ["one does not", { sender: "x@*", subject: "other", mailbox: "info", recipient: "a@*" }, false],
  ["a header and a size", { header: { name: "Delivered-To", contains: "a@" }, sizeOver: "1 KB" }, true],
  ["the size does not", { header: { name: "Delivered-To", contains: "a@" }, sizeOver: "1 MB" }, false],
])("when: %s", (_name, when, acts) => {
  expect(placesOf(ruleOf("r", when, { hold: true }))[0]?.[1]).toBe(acts ? "held" : "waiting");
});
test("a rule with a recipient acts on that one only", () => {
  expect(placesOf(ruleOf("r", { recipient: "a@*" }, { redirect: ["c@contoso.example"] }))).toEqual([
    ["c@contoso.example", "waiting", "a@contoso.example"],
    ["b@contoso.example", "waiting", ""],
  ]);
});
test("any other rule acts on all", () => {
  expect(placesOf(ruleOf("r", { subject: "hel*" }, { discard: "no hellos" })).map(([, place]) => place)).toEqual([
    "discarded",
    "discarded",
  ]);
});
test("the first match wins", () => {
  const hold = ruleOf("h", { recipient: "a@*" }, { hold: true });
  const drop = ruleOf("d", { sizeOver: "1 KB" }, { discard: "big" });
  expect(placesOf(hold, drop)).toEqual([
    ["a@contoso.example", "held", ""],
    ["b@contoso.example", "discarded", ""],
  ]);
});
test("continue: a later rule sees the result", () => {
  const first = ruleOf("1", { recipient: "a@*" }, { redirect: ["c@contoso.example"] }, true);
  const second = ruleOf("2", { recipient: "c@*" }, { redirect: ["d@contoso.example"] });
  expect(placesOf(first, second)[0]).toEqual(["d@contoso.example", "waiting", "a@contoso.example"]);
});
test("a loop of redirects is cut", () => {
  const there = ruleOf("1", { recipient: "a@*" }, { redirect: ["b@contoso.example"] }, true);
  const back = ruleOf("2", { recipient: "b@*" }, { redirect: ["a@contoso.example"] }, true);
  expect(placesOf(there, back)).toEqual([
    ["b@contoso.example", "waiting", "a@contoso.example"],
    ["a@contoso.example", "waiting", "b@contoso.example"],
  ]);
});
const fifty = (n: number) => addresses(50, `r${n}.contoso.example`);
test("rules that go on and multiply its recipients: held as a whole, and the rules after them aren't asked", () => {
  const said: RuleStep[] = [];
  const rules = [1, 2, 3, 4].map((n) => ruleOf(`${n}`, { subject: "*" }, { redirect: fifty(0) }, true));
  const copy = ruleOf("copy", { subject: "*" }, { copyTo: ["z@contoso.example"] }, true);
  const decision = decideRoute(both, catchAll, [copy, ...rules], (step) => said.push(step));
  expect(decision).toMatchObject({ recipients: [], copies: [], rules: ["copy", "1", "2"] });
  expect(decision.held).toMatchObject({
    reasonKind: "too-many-recipients",
    reason: expect.stringContaining("Rules that go on make more than 2000 recipients"),
  });
  expect(said.map(({ did }) => did)).toEqual(["acted", "acted", "acted", "too-late", "too-late"]);
});
test("rules that go on, each to fifty others, end with the fifty of the last", () => {
  const rules = [1, 2, 3, 4].map((n) => ruleOf(`${n}`, { subject: "*" }, { redirect: fifty(n) }, true));
  expect(placesOf(...rules)).toEqual(fifty(4).map((address) => [address, "waiting", "a@contoso.example"]));
});
test("many recipients that go to one group are no flood", () => {
  const many = mail(...cc(addresses(150, "contoso.example")));
  const rules = [true, false].map((goOn) => ruleOf(`${goOn}`, { subject: "*" }, { redirect: fifty(1) }, goOn));
  for (const rule of rules) {
    const { held, recipients } = decideRoute(many, catchAll, [rule]);
    expect([held, recipients.map(({ address }) => address)]).toEqual([null, fifty(1)]);
  }
});
test("two ways to one address are one recipient", () => {
  expect(placesOf(ruleOf("r", { recipient: "a@*" }, { redirect: ["b@contoso.example"] }))).toEqual([
    ["b@contoso.example", "waiting", "a@contoso.example"],
  ]);
});
test("a copy leaves the mail as it is", () => {
  const decision = decideRoute(both, catchAll, [
    ruleOf("c", { header: { name: "Delivered-To", contains: "B@" } }, { copyTo: ["z@contoso.example"] }),
  ]);
  expect(decision.copies).toEqual([{ to: ["z@contoso.example"], rule: "c" }]);
  expect(decision.recipients).toHaveLength(2);
  expect(decision.rules).toEqual(["c"]);
});

test("tells of each rule, in their order, whether it acted and why not", () => {
  const said: RuleStep[] = [];
  const rules = [
    ruleOf("unfit", { sender: "y@*", sizeOver: "1 MB", header: { name: "List-Id", contains: "" } }, { hold: true }),
    ruleOf("first", { recipient: "a@*" }, { redirect: ["c@contoso.example", "d@contoso.example"] }, true),
    ruleOf("elsewhere", { recipient: "e@*" }, { hold: true }),
    ruleOf("all", { subject: "hel*" }, { copyTo: ["z@contoso.example"] }),
    ruleOf("late", { recipient: "c@*" }, { hold: true }),
  ];
  decideRoute(both, catchAll, rules, (step) => said.push(step));
  expect(said).toEqual([
    { did: "unfit", keys: ["sender", "sizeOver", "header"] },
    { did: "acted", on: ["a@contoso.example"], became: ["c@contoso.example", "d@contoso.example"] },
    { did: "other-recipient", open: ["c@contoso.example", "d@contoso.example", "b@contoso.example"] },
    {
      did: "acted",
      on: ["c@contoso.example", "d@contoso.example", "b@contoso.example"],
      became: ["c@contoso.example", "d@contoso.example", "b@contoso.example"],
    },
    { did: "too-late" },
  ]);
});
test("tells that a rule has nobody to act on", () => {
  const said: RuleStep[] = [];
  decideRoute(mail("To: x@other.example"), catchAll, [ruleOf("r", { subject: "*" }, { hold: true })], (step) =>
    said.push(step),
  );
  expect(said).toEqual([{ did: "nobody" }]);
});
