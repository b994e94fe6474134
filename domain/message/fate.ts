// What became of a mail that a person sent again: asked again and again until the server has spoken.
import { sqlInTenant, type TenantScope } from "@/domain/scope";
import type { Place } from "./place";

export interface Fate {
  id: string;
  subject: string;
  place: Place;
  state: string;
  /** the server's newest words about it, with their code */
  words: string | null;
  reason: string | null;
  /** the server put it off: it waits for its next try */
  deferred: boolean;
  nextAttemptAt: Date | null;
  lane: { state: "closed" | "open" | "half-open" | "paused"; reason: string | null; nextTryAt: string | null } | null;
}

/** Null: no such mail in this tenant. */
export async function fateOf(scope: TenantScope, id: string): Promise<Fate | null> {
  const [row] = await sqlInTenant(scope, (sql) =>
    sql.query<Fate>(
      `select m.id, left(m.subject, 120) as subject, m.place, m.state, r.words, r.reason,
         m.state = 'ready' and m.next_attempt_at > now() as deferred, m.next_attempt_at as "nextAttemptAt",
         (select jsonb_build_object('state', l.state, 'reason', l.reason, 'nextTryAt', l.next_try_at) from lane l
          where l.tenant_id = m.tenant_id and l.exchange_id = m.exchange_id) as lane
       from mail m
       left join lateral (
         select nullif(concat_ws(' ', x.reply_code, left(x.reply_text, 500)), '') as words, left(x.reason, 500) as reason
         from recipient x where x.tenant_id = m.tenant_id and x.mail_id = m.id
         order by x.decided_at desc nulls last limit 1) r on true
       where m.tenant_id = $1::uuid and m.id = $2::uuid`,
      [scope.tenantId, id],
    ),
  );
  return row ?? null;
}
