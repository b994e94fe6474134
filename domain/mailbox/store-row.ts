// A mailbox's row and the settings that people see, one into the other.
import type { Mailbox } from "@/prisma/client/client";
import type { MailboxSettings } from "./schema";

/** The row was written through the schema, so its texts are the schema's own words. */
export const settingsOfMailbox = (row: Mailbox, paused: boolean): MailboxSettings => ({
  name: row.name,
  paused,
  protocol: row.protocol as MailboxSettings["protocol"],
  host: row.host,
  port: row.port,
  tls: row.tls as MailboxSettings["tls"],
  certificate: row.certificate,
  username: row.username,
  folder: row.folder,
  pollSeconds: row.pollSeconds,
  timeoutSeconds: row.timeoutSeconds,
  maxPerPoll: row.maxPerPoll,
  start: row.start,
  rerouteUnknownTo: row.rerouteUnknownTo,
  after: row.after as MailboxSettings["after"],
  keepDays: row.keepDays,
  renumberLimit: row.renumberLimit,
  recipients:
    row.recipientMode === "single"
      ? { mode: "single", address: row.recipientAddress }
      : {
          mode: "headers",
          headers: row.recipientHeaders,
          domains: row.recipientDomains,
          own: row.recipientOwn,
          nobody: row.recipientNobody,
        },
});

/** `paused` is not here: it is the mailbox's state. */
export function rowOfMailbox(settings: MailboxSettings) {
  const { paused: _state, recipients, ...rest } = settings;
  return {
    ...rest,
    recipientMode: recipients.mode,
    recipientAddress: recipients.mode === "single" ? recipients.address : "",
    recipientHeaders: recipients.mode === "headers" ? recipients.headers : [],
    recipientDomains: recipients.mode === "headers" ? recipients.domains : [],
    recipientOwn: recipients.mode === "headers" ? recipients.own : [],
    recipientNobody: recipients.mode === "headers" ? recipients.nobody : "hold",
  };
}

/** What is stored is what was meant: `now` becomes the moment of saving, a POP3 mailbox has no folder of its own. */
export const settled = (settings: MailboxSettings, now: Date): MailboxSettings => ({
  ...settings,
  start: settings.start === "now" ? now.toISOString() : settings.start,
  folder: settings.protocol === "pop3" ? "INBOX" : settings.folder,
});
