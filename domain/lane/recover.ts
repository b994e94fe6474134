// Connections of workers that fell silent: their slots are freed, and the mail that they held goes where it belongs. Two nets
// below find mail in nobody's hands, and lanes that sleep although mail is due.
import { changed } from "@/domain/live/changed";
import { recoverMail } from "@/domain/message/recover";
import { type Sql, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { type LaneRef, setLaneDue } from "./store";

/** Frees slots whose worker fell silent, and puts their mail where it belongs. Caller holds the lane's lock. */
export async function recoverExpired(sql: Sql, ref: LaneRef, uncertainSeconds: number): Promise<number> {
  await lockMailsOf(sql, ref, "s.lease_until < now()");
  const dead = await sql.query<{ mail_id: string | null; next_ids: string[]; worker_id: string }>(
    `delete from lane_slot where tenant_id = $1::uuid and exchange_id = $2::uuid and lease_until < now()
     returning mail_id, next_ids, worker_id`,
    [ref.tenantId, ref.exchangeId],
  );
  // Which of those in hand was the last that the worker looked at nobody knows: all are under suspicion.
  for (const { mail_id, next_ids, worker_id: workerId } of dead)
    for (const mailId of mail_id ? [mail_id, ...next_ids] : [])
      await recoverMail(sql, { ...ref, mailId, workerId, uncertainSeconds, alive: false, released: false });
  return dead.length;
}

/** The mails before their slots, as everybody who locks both. `which` names slots `s`; what it needs is $3. */
export async function lockMailsOf(sql: Sql, ref: LaneRef, which: string, ...values: unknown[]): Promise<void> {
  await sql.query(
    `select 1 from mail m where m.tenant_id = $1::uuid and m.id in (
       select unnest(s.mail_id || s.next_ids) from lane_slot s where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and ${which})
     order by m.id for update`,
    [ref.tenantId, ref.exchangeId, ...values],
  );
}

/** Lanes with a silent slot, whether due or not: their mail moves again. Returns how many slots were freed. */
export async function recoverLanes(db: Db, sites: string[], uncertainSeconds: number): Promise<number> {
  const { rows } = await db.pool.query<{ tenant_id: string; exchange_id: string }>(
    `select distinct s.tenant_id, s.exchange_id from lane_slot s
     join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
     where s.lease_until < now() and l.site = any($1) limit 100`,
    [sites],
  );
  let freed = 0;
  for (const { tenant_id, exchange_id } of rows) {
    const ref = { tenantId: tenant_id, exchangeId: exchange_id };
    freed += await sqlTransaction(db.pool, async (sql) => {
      await sql.query("select 1 from lane where tenant_id = $1::uuid and exchange_id = $2::uuid for update", [
        tenant_id,
        exchange_id,
      ]);
      const count = await recoverExpired(sql, ref, uncertainSeconds);
      await setLaneDue(sql, ref);
      return count;
    });
    changed(db, tenant_id, "mail");
    changed(db, tenant_id, "lane");
  }
  return freed;
}

/**
 * A net under the slots: mail that is being sent by nobody, since its lease is over. Its slot may live: nobody renews what a claim took
 * whose answer was lost.
 */
export async function recoverOrphans(db: Db, sites: string[], uncertainSeconds: number): Promise<number> {
  const { rows } = await db.pool.query<{ tenant_id: string; exchange_id: string; id: string; lease_worker: string }>(
    `select m.tenant_id, m.exchange_id, m.id, m.lease_worker
     from mail m join lane l on l.tenant_id = m.tenant_id and l.exchange_id = m.exchange_id
     where m.state = 'sending' and m.lease_until < now() - interval '5 seconds' and l.site = any($1)
       and not exists (select 1 from lane_slot s where s.tenant_id = m.tenant_id and s.exchange_id = m.exchange_id
         and m.id = any (s.mail_id || s.next_ids) and s.lease_until < now()) limit 100`,
    [sites],
  );
  for (const { tenant_id: tenantId, exchange_id: exchangeId, id: mailId, lease_worker: workerId } of rows)
    await sqlTransaction(db.pool, async (sql) => {
      await sql.query("select 1 from lane where tenant_id = $1::uuid and exchange_id = $2::uuid for update", [
        tenantId,
        exchangeId,
      ]);
      // The same worker may have taken it up again since it was looked for.
      const found = { tenantId, exchangeId, mailId, workerId, uncertainSeconds };
      await recoverMail(sql, { ...found, alive: true, released: false });
      await setLaneDue(sql, { tenantId, exchangeId });
    });
  for (const { tenant_id } of rows) changed(db, tenant_id, "mail");
  return rows.length;
}

/** A net under the due table: lanes that sleep although mail of theirs is due. */
export async function wakeForgotten(db: Db, sites: string[]): Promise<number> {
  const { rowCount } = await db.pool.query(
    `update lane l set due_at = now()
     where l.site = any($1) and l.state = 'closed' and (l.due_at is null or l.due_at > now() + interval '1 minute')
       and (l.pace_next_at is null or l.pace_next_at <= now())
       and exists (select 1 from mail m where m.tenant_id = l.tenant_id and m.exchange_id = l.exchange_id
         and m.state = 'ready' and m.next_attempt_at <= now())`,
    [sites],
  );
  return rowCount ?? 0;
}
