// A mailbox's settings: one schema for form, door, import and worker.
import { z } from "zod";
import { address, certificateRule, host, line, port, secretText, whole } from "@/domain/configured";
import { isAddress, isDomain } from "@/mail/address";

export const protocols = ["pop3", "imap"] as const;
export const sourceTls = ["off", "starttls", "implicit"] as const;

const ownDomain = line("Domain", 253)
  .transform((text) => text.replace(/^@/, "").toLowerCase())
  .refine(isDomain, { error: (issue) => `“${String(issue.input)}” is no domain. Write it like contoso.example.` });

/** all, now, a day (of the tenant's time zone), or an instant with zone. */
export const startRule = z
  .string()
  .trim()
  .refine(
    (text) =>
      text === "all" ||
      text === "now" ||
      (/^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text) &&
        !Number.isNaN(Date.parse(text))),
    "Start is all, now, a day like 2026-11-01, or an instant with its zone like 2026-11-27T18:00+01:00.",
  );

export const recipientSettings = z.discriminatedUnion("mode", [
  z.strictObject({ mode: z.literal("single"), address: address("Address") }),
  z.strictObject({
    mode: z.literal("headers"),
    headers: z
      .array(line("Header", 76).regex(/^[!-9;-~]+$/, "A header's name has no spaces and no colon."))
      .min(1, "Name at least one header.")
      .max(20),
    domains: z
      .array(ownDomain)
      .min(1, "Name at least one domain that is yours: without it no address can be told from others."),
    own: z.array(address("Own address")).max(20),
    nobody: z
      .string()
      .trim()
      .refine((text) => text === "hold" || isAddress(text), "Mail for nobody: “hold”, or an e-mail address."),
  }),
]);
export type RecipientSettings = z.output<typeof recipientSettings>;

export const mailboxFields = z.strictObject({
  name: line("Name", 64).min(1, "Name is empty: give the mailbox a name like info."),
  paused: z.boolean(),
  protocol: z.enum(protocols, "Protocol is pop3 or imap."),
  host: host("Host"),
  port: port("Port"),
  tls: z.enum(sourceTls, "Encryption is off, starttls or implicit."),
  certificate: certificateRule,
  username: line("User name").min(1, "User name is empty."),
  folder: line("Folder").min(1, "Folder is empty: INBOX is the usual one."),
  pollSeconds: whole("Poll every", 30, 86400, "seconds"),
  timeoutSeconds: whole("Timeout", 5, 3600, "seconds"),
  maxPerPoll: whole("Mails per session", 1, 10000),
  start: startRule,
  rerouteUnknownTo: line("Reroute emails to unknown addresses to", 254).refine(
    (text) => text === "" || isAddress(text),
    "Reroute emails to unknown addresses to: an e-mail address, or empty.",
  ),
  after: z.enum(["delete", "keep", "keep-days"], "After collecting: delete, keep or keep-days."),
  keepDays: whole("Keep for", 1, 3650, "days"),
  renumberLimit: whole("Renumber limit", 1, 1000000),
  recipients: recipientSettings,
});
export type MailboxSettings = z.output<typeof mailboxFields>;

export const mailboxDefaults = {
  paused: false,
  tls: "implicit",
  certificate: "system",
  folder: "INBOX",
  pollSeconds: 300,
  timeoutSeconds: 180,
  maxPerPoll: 200,
  start: "all",
  rerouteUnknownTo: "",
  after: "delete",
  keepDays: 7,
  renumberLimit: 500,
} as const satisfies Partial<MailboxSettings>;

export const mailboxEdit = mailboxFields.extend({
  password: secretText("Password").optional(),
  version: z.number().int(),
});
/** What the form holds. */
export type MailboxInput = z.input<typeof mailboxEdit>;
export type MailboxEdit = z.output<typeof mailboxEdit>;

/** protocol, host, user name, folder: a mailbox with another source treats its first listing as renumbered. */
export const sourceOf = (m: Pick<MailboxSettings, "protocol" | "host" | "username" | "folder">): string =>
  [m.protocol, m.host, m.username, m.protocol === "imap" ? m.folder : ""].join("\n");
