// Causes as people read them, commands with values that are safe to paste, and names of groups in addresses.
import { expect, test } from "vitest";
import { causeOf, groupKey, groupOf, sizeLimit } from "./cause";

const group = { reasonKind: null, detail: null, rule: null, notices: false, reason: null, address: null, largest: 0 };
const facts = { host: "mail.contoso.example", from: "192.0.2.7" };
const of = (more: Partial<Parameters<typeof causeOf>[0]>) => causeOf({ ...group, ...more }, facts);

test("an unknown address is named, and its command filled in", () => {
  expect(of({ reasonKind: "unknown-recipient", detail: "old@contoso.example" })).toMatchObject({
    title: "Exchange doesn't know the address old@contoso.example",
    commands: ["Set-Mailbox <mailbox> -EmailAddresses @{Add='old@contoso.example'}"],
  });
});

test.each([
  "o'neil@contoso.example",
  "a’b@contoso.example",
  "$(calc)@contoso.example",
  "a`b@contoso.example",
  "-x@contoso.example",
])("a stranger's address that a shell could read as more is not filled in: %s", (detail) => {
  expect(of({ reasonKind: "unknown-recipient", detail }).commands).toEqual([
    "Set-Mailbox <mailbox> -EmailAddresses @{Add='<address>'}",
  ]);
});

test("the rule about the reply says what it is; its command stands apart from its words", () => {
  const full = of({ reasonKind: "permanent", detail: "mailbox-full", address: "boss@contoso.example" });
  expect(full.title).toBe("The recipient's mailbox is full");
  expect(full.remedy).toBe("Make room or raise the quota, then send the mail again.");
  expect(full.commands[0]).toMatch(/^Set-Mailbox boss@contoso\.example /);
  expect(of({ reasonKind: "spam", detail: "on-a-block-list" })).toMatchObject({
    title: expect.stringMatching(/block list/),
    commands: ["Add-IPAllowListEntry -IPAddress 192.0.2.7"],
  });
  expect(of({ reasonKind: "spam", rule: null }).title).toBe("Exchange took it for spam");
});

test("too large: both numbers from our own sentence, and a limit with room", () => {
  const reason = "The mail has 59000000 octets, and mail.contoso.example takes 37748736 at most. Raise …";
  expect(sizeLimit(reason)).toBe(37748736);
  expect(sizeLimit("takes 0 at most")).toBeNull();
  expect(sizeLimit(null)).toBeNull();
  expect(of({ reasonKind: "too-large", largest: 59_000_000 }).commands[0]).toMatch(/-MaxMessageSize 80MB$/);
});

test.each([
  { place: "badmail", reasonKind: "unknown-recipient", detail: "a~b%/@contoso.example", notices: false },
  { place: "held", reasonKind: "rule", detail: "The rule “x ~ y” holds it.", notices: false },
  { place: "badmail", reasonKind: "spam", detail: "spam", notices: true },
] as const)("a key leads back to its group: $reasonKind", (given) => {
  expect(groupOf(groupKey(given))).toEqual(given);
});

test("what is no key is no group", () => {
  for (const key of ["", "badmail", "delivered~spam", "notice-~x", "~"]) expect(groupOf(key)).toBeNull();
  expect(groupOf("held~-")).toEqual({ place: "held", reasonKind: null, notices: false });
});
