// The sentences of each kind of notice. Short, active, no blame: what happened, what Mailferry did, why you are told.
import type { NoticeContext, NoticeItem } from "./compose";
import { oneLine, plural, timeIn } from "./sender";
import type { NoticeKind } from "./wanted";

export interface KindWords {
  subject: (items: NoticeItem[]) => string;
  one: (item: NoticeItem | undefined) => string;
  many: (n: number) => string;
  did: (n: number) => string;
  why: string;
  unit: string;
  units: string;
}

const toOf = (item: NoticeItem | undefined) => oneLine(item?.recipient ?? "", 120) || "one of your addresses";
const mails = (n: number) => plural(n, "mail");
const it = (n: number) => (n === 1 ? "it" : "them");
const spamBox = "Notify postmaster if email is rejected by Exchange as spam";
const unknownBox = "Notify postmaster if email is rejected by Exchange because the email address is unknown";
const badmailBox = "Notify postmaster when Mailferry moves an email to the BADMAIL folder";
const box = (...names: string[]) =>
  `You are told because ${names.map((name) => `“${name}”`).join(" or ")} is ticked on the Exchange page.`;
const kept = (n: number) =>
  `Mailferry moved ${n === 1 ? "the mail" : "these mails"} to BADMAIL and keeps ${it(n)} there whole. From there ${n === 1 ? "it" : "they"} can be read, sent again, sent to another address, or deleted. The sender was not told.`;

export function kindWords(kind: NoticeKind, context: NoticeContext): KindWords {
  const host = oneLine(context.host, 253) || "Your Exchange server";
  const unit = { unit: "mail", units: "mails" };
  const subjectFor =
    (one: (item: NoticeItem | undefined) => string, many: (n: number) => string) => (items: NoticeItem[]) =>
      `[Mailferry] ${items.length === 1 ? one(items[0]) : many(items.length)}`;
  switch (kind) {
    case "spam":
      return {
        ...unit,
        subject: subjectFor(
          (item) => `Refused as spam: mail to ${toOf(item)}`,
          (n) => `${mails(n)} refused as spam`,
        ),
        one: () => `${host} refused a mail because it took it for spam.`,
        many: (n) => `${host} refused ${mails(n)} because it took them for spam.`,
        did: kept,
        why: box(spamBox, badmailBox),
      };
    case "unknown-recipient":
      return {
        ...unit,
        subject: subjectFor(
          (item) => `Unknown address: ${toOf(item)}`,
          (n) => `${mails(n)} for unknown addresses`,
        ),
        one: (item) => `${host} knows no address ${toOf(item)}, and refused a mail to it.`,
        many: (n) => `${host} refused ${mails(n)} because it does not know the addresses.`,
        did: kept,
        why: box(unknownBox, badmailBox),
      };
    case "badmail":
      return {
        ...unit,
        subject: subjectFor(
          (item) => `Not delivered: mail to ${toOf(item)}`,
          (n) => `${mails(n)} not delivered`,
        ),
        one: () => `A mail could not be delivered to ${host}.`,
        many: (n) => `${mails(n)} could not be delivered to ${host}.`,
        did: kept,
        why: box(badmailBox),
      };
    case "held":
      return {
        ...unit,
        subject: subjectFor(
          () => "Held: a mail without an address of yours",
          (n) => `${mails(n)} held`,
        ),
        one: () => "A mail is held: Mailferry does not know who should get it.",
        many: (n) => `${mails(n)} are held: Mailferry does not know who should get them.`,
        did: (n) => `Mailferry keeps ${it(n)} whole until a person decides.`,
        why: box(badmailBox),
      };
    case "collecting":
      return {
        unit: "event",
        units: "events",
        subject: subjectFor(
          (item) =>
            `Mailbox ${oneLine(item?.mailbox ?? "", 80)}: ${oneLine(item?.meaning ?? "", 80) || "collecting changed"}`,
          (n) => `Collecting: ${plural(n, "event")} at your mailboxes`,
        ),
        one: (item) => `Mailbox ${oneLine(item?.mailbox ?? "", 120)}: ${oneLine(item?.meaning ?? "", 200)}`,
        many: (n) => `Collecting stopped, or works again: ${plural(n, "event")}.`,
        did: () => "Mail that is not collected stays in the mailbox at the provider. Mailferry keeps trying by itself.",
        why: box("Notify postmaster when collecting stops and when it works again"),
      };
    case "relay":
      return {
        ...unit,
        subject: subjectFor(
          (item) => `Waiting: ${host} takes no mail for ${toOf(item).split("@").at(-1)}`,
          (n) => `${mails(n)} wait: ${host} does not take these domains`,
        ),
        one: (item) => `${host} does not take mail for ${toOf(item).split("@").at(-1)}.`,
        many: () => `${host} does not take mail for some of your domains.`,
        did: () => "Mailferry keeps this mail waiting and tries again; mail for your other domains goes on.",
        why: "Exchange takes mail for a domain only when it stands under Accepted Domains.",
      };
    case "retention":
      return {
        ...unit,
        subject: ([item]) =>
          `[Mailferry] ${mails(item?.count ?? 0)} in BADMAIL and held will be deleted${item?.deleteAfter ? ` after ${timeIn(item.deleteAfter, context.timeZone)}` : ""}`,
        one: (item) =>
          `${mails(item?.count ?? 0)} in BADMAIL or held will be deleted${item?.deleteAfter ? ` after ${timeIn(item.deleteAfter, context.timeZone)}` : " in 7 days"}, because the company's settings keep such mail for a limited time only.`,
        many: () =>
          "Mail in BADMAIL or held will be deleted, because the company's settings keep such mail for a limited time only.",
        did: () =>
          "Nothing was deleted yet. Send again or download what is still needed, or switch the period off on the company's page.",
        why: "This period was switched on by an admin of your company.",
      };
  }
}
