// A right value for every field that an action of a company asks for.
import { type ExchangeSettings, exchangeDefaults } from "@/domain/exchange/schema";
import { type MailboxSettings, mailboxDefaults } from "@/domain/mailbox/schema";
import type { Rule } from "@/domain/routing/schema";
import type { Company } from "./fixtures";

/** `id` stands wherever an action takes the id of anything. */
export function valuesFor(id: string, company: Company): Record<string, unknown> {
  const me = `me@${company.domain}`;
  const mailbox: MailboxSettings = {
    ...mailboxDefaults,
    name: "mine",
    protocol: "pop3",
    host: "127.0.0.1",
    port: 9,
    username: "mine",
    recipients: { mode: "single", address: me },
  };
  const exchange: ExchangeSettings = { ...exchangeDefaults, host: "127.0.0.1", port: 9, postmaster: me };
  const rule: Rule = { name: "mine", when: { sender: "x@y.example" }, then: { hold: true }, continue: false };
  return {
    ...exchange,
    id,
    ids: [id],
    personId: id,
    mailId: id,
    target: { ids: [id] },
    choice: { do: "send-again" },
    edit: { ...mailbox, version: 1 },
    confirmed: true,
    code: "482913",
    version: 1,
    fingerprint: "0".repeat(64),
    reason: "because",
    why: "because",
    items: [{ id, version: 1 }],
    what: "pause",
    required: false,
    role: "viewer",
    email: me,
    address: me,
    kinds: ["spam"],
    name: company.name,
    timeZone: "Europe/Berlin",
    contact: "",
    rule,
    place: 0,
    seen: [id],
    text: "words",
    pasted: { kind: "pasted", text: "To: me", mailboxId: id, size: "" },
    draft: { id, rule, place: 0 },
    mail: { kind: "collected", mailId: id },
    at: new Date(),
    until: 1,
    retention: { deliveredHours: 72, badmailDays: 0 },
  };
}
