// What people did, in words instead of codes: for the log, its filters and the file that is taken along.

/** What comes before the dot: what a filter offers. */
export const auditKinds: Record<string, string> = {
  exchange: "Exchange server",
  mailbox: "Mailboxes",
  rule: "Rules",
  queue: "Queue",
  badmail: "BADMAIL and held mail",
  message: "Mails looked at",
  notice: "Notices",
  member: "Members",
  tenant: "Tenants",
  person: "People",
  "second-factor": "Second factors",
  backup: "Backups",
  clock: "Clock",
};
/** Those that a tenant's own log has. */
export const tenantKinds = ["exchange", "mailbox", "rule", "queue", "badmail", "message", "notice", "member", "tenant"];

const verbs: Record<string, string> = {
  "exchange.save": "saved the Exchange server",
  "exchange.test": "tested the Exchange server",
  "exchange.try-all-now": "tried all waiting mail at once",
  "mailbox.add": "added the mailbox",
  "mailbox.save": "saved the mailbox",
  "mailbox.remove": "removed the mailbox",
  "mailbox.test": "tested the mailbox",
  "mailbox.pause": "paused the mailbox",
  "mailbox.resume": "went on with the mailbox",
  "mailbox.start": "started the mailbox",
  "mailbox.collect-now": "collected now from the mailbox",
  "mailbox.collect-left-out": "collected what was left out, of the mailbox",
  "mailbox.try-bad-again": "tried skipped mails again, of the mailbox",
  "rule.save": "saved the rule",
  "rule.remove": "removed the rule",
  "rule.move": "moved the rule",
  "queue.pause": "paused delivery to",
  "queue.resume": "went on with delivery to",
  "badmail.send-again": "sent again",
  "badmail.send-to": "sent to another address",
  "badmail.delete": "deleted the mail",
  "message.look": "looked at the mail",
  "message.download": "downloaded the mail",
  "notice.receiver-add": "has notices also sent to",
  "notice.receiver-remove": "has notices no longer sent to",
  "member.add": "added the member",
  "member.role": "changed the role of",
  "member.remove": "removed the member",
  "member.invitation-link": "made an invitation for",
  "member.reset-link": "made a link for a new password of",
  "tenant.make": "made the tenant",
  "tenant.save": "saved the settings of",
  "tenant.close": "closed the tenant",
  "tenant.reopen": "undid closing the tenant",
  "tenant.erase": "erased the tenant",
  "person.add": "added the person",
  "person.role": "changed the platform role of",
  "person.disable": "disabled or enabled",
  "person.password": "changed the password of",
  "person.forgotten": "asked for a new password of",
  "person.invitation-link": "made an invitation for",
  "person.reset-link": "made a link for a new password of",
  "person.first-administrator": "became the first administrator:",
  "person.second-factor-add": "added a second factor of",
  "person.second-factor-remove": "removed a second factor of",
  "person.second-factors-remove": "removed all second factors of",
  "person.recovery-codes": "made new recovery codes of",
  "second-factor.required": "changed which roles need a second factor",
  "backup.restore": "restored from a backup",
  backup: "made a backup",
  "clock.accept": "said that the clock is right",
};

export const hasWords = (action: string): boolean => action in verbs;

/** An action that is newer than these words is shown as it is called. */
export const auditVerb = (action: string): string => verbs[action] ?? action.replace(/[.-]/g, " ");
