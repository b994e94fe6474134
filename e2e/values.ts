// A right value for every field that an action with ids asks for besides them.
import { type MailboxSettings, mailboxDefaults } from "@/domain/mailbox/schema";
import type { Company } from "./fixtures";

export function valuesFor(id: string, company: Company): Record<string, unknown> {
  const settings: MailboxSettings = {
    ...mailboxDefaults,
    name: "mine",
    protocol: "pop3",
    host: "127.0.0.1",
    port: 9,
    username: "mine",
    recipients: { mode: "single", address: `me@${company.domain}` },
  };
  return {
    id,
    ids: [id],
    personId: id,
    mailId: id,
    mailIds: [id],
    edit: { ...settings, version: 1 },
    confirmed: true,
    role: "viewer",
    address: `me@${company.domain}`,
    to: `me@${company.domain}`,
    recipient: null,
    reason: "",
    version: 1,
  };
}
