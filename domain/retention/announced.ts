// What people see of retention before it acts: how long this tenant keeps mail that nobody decided about, and what was
// announced to go, counted now: what somebody decided about since is no longer among it.
import { mailWords } from "@/domain/mail-words";
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import { atOrOn } from "@/domain/when-words";
import { warningDays } from "./expire";

export interface Announced {
  mails: number;
  /** Exchange took the announcement then; null: it is still under way, and nothing goes before it arrived */
  toldAt: Date | null;
  /** not before; null as long as `toldAt` is */
  goesAt: Date | null;
  /** what was refused or held until then goes */
  upTo: Date;
}

export interface Keeping {
  deliveredHours: number;
  /** 0: until a person decides */
  badmailDays: number;
  announced: Announced | null;
}

const day = 86_400_000;

export async function keepingOf(scope: TenantScope, now: Date): Promise<Keeping> {
  const { tenantId } = scope;
  return sqlInTenant(scope, async (sql) => {
    const [tenant] = await sql.query<{ hours: number; days: number }>(
      "select delivered_hours as hours, badmail_days as days from tenant where id = $1::uuid",
      [tenantId],
    );
    const keeping = { deliveredHours: tenant?.hours ?? 0, badmailDays: tenant?.days ?? 0, announced: null };
    if (keeping.badmailDays <= 0) return keeping;
    const [notice] = await sql.query<{ before: string; told: Date | null }>(
      `select n.facts ->> 'before' as before, case when n.state = 'told' and m.place = 'delivered' then m.settled_at end as told
       from notice n left join mail m on m.tenant_id = n.tenant_id and m.id = n.sent_mail_id
       where n.tenant_id = $1::uuid and n.kind = 'retention' and not n.facts ? 'done'
         and n.state in ('pending', 'queued', 'told') order by n.created_at limit 1`,
      [tenantId],
    );
    if (!notice) return keeping;
    const goesAt = notice.told && new Date(notice.told.getTime() + warningDays * day);
    // Never sooner than the period itself, also where it was made longer since the announcement.
    const due = Math.max(goesAt?.getTime() ?? now.getTime() + warningDays * day, now.getTime());
    const upTo = new Date(Math.min(new Date(notice.before).getTime(), due - keeping.badmailDays * day));
    const [found] = await sql.query<{ n: number }>(
      `select count(*)::int as n from mail where tenant_id = $1::uuid and kind = 'collected'
         and place in ('badmail', 'held') and coalesce(settled_at, collected_at) <= $2`,
      [tenantId, upTo],
    );
    if (!found || found.n === 0) return keeping;
    return { ...keeping, announced: { mails: found.n, toldAt: notice.told, goesAt, upTo } };
  });
}

/** A whole sentence and what can be done; `clock` says times as the page does. */
export function announcedWords(announced: Announced, badmailDays: number, clock: (at: Date) => string) {
  const { mails, goesAt, toldAt } = announced;
  const many = mailWords(mails);
  const verb = mails === 1 ? "is" : "are";
  const days = `${badmailDays} ${badmailDays === 1 ? "day" : "days"}`;
  const told = toldAt
    ? ` Your postmaster was told ${atOrOn(clock(toldAt))}.`
    : " The notice to your postmaster is on its way.";
  return {
    title: goesAt
      ? `${many} in BADMAIL and held ${verb} removed after ${clock(goesAt)}.`
      : `${many} in BADMAIL and held ${verb} removed ${warningDays} days after your postmaster was told.`,
    detail: `The setting “BADMAIL and held mail” keeps such mail for ${days}.${told} What is still needed: send it again before, or change the setting.`,
  };
}

/** "until a person decides", or that it is kept for a time only. */
export const keptUntil = (badmailDays: number): string =>
  badmailDays <= 0
    ? "until a person decides"
    : `until a person decides, or for ${badmailDays} ${badmailDays === 1 ? "day" : "days"}, as the settings say`;
