// Which groups the page shows, and in which order: what waits longest in number first, many unknown addresses as one.
import type { GroupTarget } from "@/domain/message/decide-schema";
import type { MailGroup } from "@/domain/message/groups";

export const filters = ["all", "badmail", "held", "too-large"] as const;
export type Filter = (typeof filters)[number];

export interface Shown {
  group: MailGroup;
  target: GroupTarget;
  /** the addresses that were put together here, the one with most mails first */
  parts: MailGroup[];
}

const severalAddresses = 5;

export const inFilter = (group: MailGroup, filter: Filter): boolean =>
  filter === "all" || (filter === "too-large" ? group.reasonKind === "too-large" : group.place === filter);

export function arrange(groups: MailGroup[], filter: Filter): Shown[] {
  const meant = groups.filter((group) => inFilter(group, filter));
  const unknown = meant.filter(({ reasonKind, notices }) => reasonKind === "unknown-recipient" && !notices);
  const several = unknown.length > severalAddresses ? unknown : [];
  const rest = meant
    .filter((group) => !several.includes(group))
    .map((group) => ({ group, target: targetOf(group), parts: [] }));
  const together = several.length > 0 ? [putTogether(several)] : [];
  return [...together, ...rest].sort((a, b) => rank(a.group) - rank(b.group) || b.group.mails - a.group.mails);
}

const rank = (group: MailGroup): number => (group.notices ? 2 : group.place === "badmail" ? 0 : 1);

const targetOf = ({ place, reasonKind, detail, notices }: MailGroup): GroupTarget => ({
  place,
  reasonKind,
  detail,
  notices,
});

function putTogether(parts: MailGroup[]): Shown {
  const newest = parts.reduce((a, b) => (b.newest > a.newest ? b : a));
  const oldest = parts.reduce((a, b) => (b.since < a.since ? b : a));
  // A mail to two unknown addresses stands in two parts: the number that is confirmed is counted afresh.
  const mails = parts.reduce((sum, part) => sum + part.mails, 0);
  const { detail: _any, ...target } = targetOf(newest);
  return { group: { ...newest, since: oldest.since, mails, detail: null }, target, parts };
}
