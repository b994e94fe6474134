// What an empty form of a mailbox begins with.
import { type MailboxSettings, mailboxDefaults } from "@/domain/mailbox/schema";

export const newMailbox: MailboxSettings = {
  ...mailboxDefaults,
  name: "",
  protocol: "imap",
  host: "",
  port: 993,
  username: "",
  recipients: { mode: "single", address: "" },
};
