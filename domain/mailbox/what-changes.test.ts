// What a change would collect or delete of what is there now.
import { expect, it } from "vitest";
import { type MailboxSettings, mailboxDefaults } from "./schema";
import { whatAChangeDoes } from "./what-changes";

const base: MailboxSettings = {
  ...mailboxDefaults,
  name: "info",
  protocol: "pop3",
  host: "pop.example",
  port: 995,
  username: "info",
  after: "keep",
  start: "2026-11-01",
  recipients: { mode: "single", address: "info@contoso.example" },
};
const there = { stored: 312, storedPastKeep: 40, skipped: 0 };

const cases: [string, Partial<MailboxSettings>, Partial<MailboxSettings>, RegExp | null, number?][] = [
  ["a poll interval", {}, { pollSeconds: 60 }, null],
  ["keep → delete", {}, { after: "delete" }, /312 mails .* will be deleted/],
  ["keep → keep-days", {}, { after: "keep-days" }, /40 mails .* will be deleted/],
  ["fewer days", { after: "keep-days", keepDays: 9 }, { after: "keep-days", keepDays: 3 }, /40 mails/],
  ["more days", { after: "keep-days", keepDays: 3 }, { after: "keep-days", keepDays: 9 }, null],
  ["delete → keep", { after: "delete" }, { after: "keep" }, null],
  ["start earlier", {}, { start: "2026-10-01" }, /7 mails .* will be collected\./, 7],
  ["start all, and delete", { after: "delete" }, { after: "delete", start: "all" }, /collected, and deleted there/, 7],
  ["start later", {}, { start: "2026-11-09" }, null],
  ["another folder", { protocol: "imap" }, { protocol: "imap", folder: "Old" }, /another mailbox/],
];
for (const [what, before, after, expected, skipped = 0] of cases)
  it(what, () => {
    const sentence = whatAChangeDoes({ ...base, ...before }, { ...base, ...after }, { ...there, skipped });
    if (expected === null) expect(sentence).toBeNull();
    else expect(sentence).toMatch(expected);
  });
