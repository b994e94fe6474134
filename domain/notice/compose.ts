// The words of a notice: what happened, to which mail, the server's words, what Mailferry did, what to do. It can be
// understood and acted on without the portal.
import { kindWords } from "./kind-words";
import { oneLine, plural, timeIn } from "./sender";
import type { NoticeKind } from "./wanted";

/** What is known of one event. Everything in it comes from the network and is treated as hostile text. */
export interface NoticeItem {
  cause: string;
  at: Date;
  recipient: string;
  sender: string;
  subject: string;
  /** when the provider received the mail, or Mailferry collected it */
  mailAt: Date | null;
  /** the server's own words */
  reply: string;
  /** what they mean, a sentence */
  meaning: string;
  /** what to do, a sentence */
  remedy: string;
  mailbox: string;
  /** what exactly is wrong with a mailbox, a sentence */
  detail: string;
  mailId: string | null;
  /** retention: how many mails, and when they go */
  count: number | null;
  deleteAfter: Date | null;
}

export interface NoticeContext {
  tenantName: string;
  tenantSlug: string;
  timeZone: string;
  contact: string;
  host: string;
  /** MAILFERRY_URL, empty for no link */
  url: string;
}

const listed = 20;

export interface NoticeText {
  subject: string;
  text: string;
  /** the items that are listed one by one: their headers are attached */
  shown: NoticeItem[];
}

/** One event reads as a letter, several as a digest: grouped by cause, 20 in all listed, then a number. */
export function composeNotice(kind: NoticeKind, items: NoticeItem[], context: NoticeContext): NoticeText {
  const words = kindWords(kind, context);
  const groups = [...groupByCause(items).values()];
  const parts: string[] = [items.length === 1 ? words.one(items[0]) : words.many(items.length)];
  const shown: NoticeItem[] = [];
  for (const group of groups) {
    const here = group.slice(0, Math.max(0, listed - shown.length));
    shown.push(...here);
    parts.push(groupText(group, here, { alone: items.length === 1, several: groups.length > 1, context, words }));
  }
  parts.push(words.did(items.length));
  const link = linkOf(kind, items, context);
  if (link) parts.push(link);
  parts.push(words.why, signature(context));
  return { subject: words.subject(items), text: `${parts.filter(Boolean).join("\n\n")}\n`, shown };
}

function groupByCause(items: NoticeItem[]): Map<string, NoticeItem[]> {
  const groups = new Map<string, NoticeItem[]>();
  for (const item of items) groups.set(item.cause, [...(groups.get(item.cause) ?? []), item]);
  return new Map([...groups].sort(([, a], [, b]) => b.length - a.length));
}

interface GroupLook {
  alone: boolean;
  several: boolean;
  context: NoticeContext;
  words: ReturnType<typeof kindWords>;
}

function groupText(group: NoticeItem[], here: NoticeItem[], { alone, several, context, words }: GroupLook): string {
  const first = group[0];
  if (!first) return "";
  const lines: string[] = [];
  const meaning = oneLine(first.meaning, 500);
  if (several) lines.push(`${plural(group.length, words.unit, words.units)}: ${meaning || oneLine(first.cause, 200)}`);
  else if (meaning && !words.one(first).includes(meaning)) lines.push(meaning);
  for (const item of here) lines.push(itemText(item, context, alone ? "" : "  "));
  if (group.length > here.length) lines.push(`… and ${plural(group.length - here.length, "more", "more")}.`);
  const remedy = oneLine(first.remedy, 800);
  // Each of a group may have an address of its own filled in.
  const each = group.every((item) => item.remedy === first.remedy) ? "What to do" : "What to do, for the first of them";
  if (remedy) lines.push(`${each}: ${remedy}`);
  return lines.filter(Boolean).join("\n\n");
}

function itemText(item: NoticeItem, { timeZone, host }: NoticeContext, indent: string): string {
  const rows: [string, string][] = [
    ["Mailbox", oneLine(item.mailbox, 120)],
    ["From", item.mailId ? oneLine(item.sender, 260) || "<> (a delivery report)" : ""],
    ["To", oneLine(item.recipient, 260)],
    ["Subject", item.mailId ? oneLine(item.subject, 200) || "(none)" : ""],
    ["Received", item.mailAt ? timeIn(item.mailAt, timeZone) : ""],
    ["Happened", timeIn(item.at, timeZone)],
    ["Why", oneLine(item.detail, 500)],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const lines = rows
    .filter(([, text]) => text !== "")
    .map(([name, text]) => `${indent}${`${name}:`.padEnd(width)}${text}`);
  const reply = item.reply
    .split(/\r?\n/)
    .map((line) => oneLine(line, 500))
    .filter(Boolean)
    .slice(0, 8);
  if (reply.length > 0) {
    const who = item.mailbox && !item.mailId ? "The mailbox's server" : oneLine(host, 253);
    lines.push(`${indent}${who} said:`, ...reply.map((line) => `${indent}  > ${line}`));
  }
  return lines.join("\n");
}

function linkOf(kind: NoticeKind, items: NoticeItem[], { url, tenantSlug }: NoticeContext): string {
  if (!url) return "";
  const only = items.length === 1 ? items[0]?.mailId : null;
  const page = kind === "collecting" ? "mailboxes" : kind === "relay" ? "queue" : "badmail";
  return `In the portal: ${url}/t/${tenantSlug}/${only ? `messages/${only}` : page}`;
}

const signature = ({ tenantName, contact }: NoticeContext): string =>
  `--\nMailferry, for ${oneLine(tenantName, 120)}${contact ? `\n${oneLine(contact, 255)}` : ""}`;
