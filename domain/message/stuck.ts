// Which mail is stuck, and why: the one definition of a group that the list of groups, a group's page and decisions share.
import type { GroupTarget } from "./decide-schema";

/**
 * What tells causes of one kind apart: the address that Exchange doesn't know, the rule or the person that holds it, the kind of
 * refusal.
 * `r` is a recipient's row, or a mail's where it has no recipients yet.
 */
export const detailOf = (r: string): string => `case
  when ${r}.reason_kind = 'unknown-recipient' then lower(${r}.address)
  when ${r}.reason_kind in ('rule', 'person') then ${r}.reason
  when ${r}.reason_kind in ('spam', 'permanent') then ${r}.reply_rule end`;

/** What a group's mails are; tests of settings are nobody's decision. */
const kindsOf = (notices: boolean | undefined): string =>
  notices ? "m.kind = 'notice'" : "m.kind in ('collected', 'copy')";

/** Gives a value its place in the statement. */
export type Param = (value: unknown) => string;

/** The condition on a recipient's row `r` for being stuck for this group's cause. */
export function recipientIn(group: GroupTarget, param: Param): string {
  const found = [`r.place = ${param(group.place)}`, `r.reason_kind is not distinct from ${param(group.reasonKind)}`];
  if (group.detail !== undefined) found.push(`(${detailOf("r")}) is not distinct from ${param(group.detail)}`);
  return found.join(" and ");
}

/**
 * The condition on `mail m` of the tenant $1 for being in the group: a list of the few that are stuck, read from their index, and
 * not a question asked of each mail of the tenant.
 */
export function mailIn(group: GroupTarget, param: Param): string {
  const byRecipient = `select r.mail_id from recipient r where r.tenant_id = $1::uuid and ${recipientIn(group, param)}`;
  const own = () => `select o.id from mail o where o.tenant_id = $1::uuid and o.place = ${param(group.place)}
    and o.reason_kind is not distinct from ${param(group.reasonKind)}
    and not exists (select 1 from recipient r where r.tenant_id = $1::uuid and r.mail_id = o.id)`;
  const found = [
    kindsOf(group.notices),
    `m.id in (${group.detail ? byRecipient : `${byRecipient} union all ${own()}`})`,
  ];
  const text = group.text?.replaceAll("\0", "").trim();
  if (text) {
    const part = param(`%${text.replace(/[\\%_]/g, "\\$&")}%`);
    found.push(`(m.sender ilike ${part} or m.header_from ilike ${part} or m.subject ilike ${part}
      or exists (select 1 from recipient x where x.tenant_id = m.tenant_id and x.mail_id = m.id and x.address ilike ${part}))`);
  }
  return found.join(" and ");
}

/** Collects values and gives each its place in a statement: $1 is the tenant, always. */
export function valuesFor(tenantId: string): { values: unknown[]; param: Param } {
  const values: unknown[] = [tenantId];
  return { values, param: (value) => `$${values.push(value)}` };
}
