// What a connection has in hand besides the mail that it carries: put down again, untried and charged nothing.

import { type ConnectionRef, holdLane, setLaneDue } from "@/domain/lane/store";
import { changed } from "@/domain/live/changed";
import { type Sql, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { againOnDeadlock } from "./deadlock";

/** The mail leaves its connection's hand, and what was behind it moves up. Of a mail that is not in it nothing happens. */
export const leaveSlot = (sql: Sql, { tenantId, exchangeId, token }: ConnectionRef, mailId: string) =>
  sql.query(
    `update lane_slot set mail_id = case when mail_id = $4::uuid then next_ids[1] else mail_id end,
       next_ids = case when mail_id = $4::uuid then next_ids[2:] else array_remove(next_ids, $4::uuid) end
     where tenant_id = $1::uuid and exchange_id = $2::uuid and token = $3::uuid`,
    [tenantId, exchangeId, token, mailId],
  );

/**
 * As they were before they were claimed. Of these mails, those that this worker still has, in no other hand since, and that never came near
 * their dots; which they are it answers. The caller holds their locks.
 */
export async function putDown(sql: Sql, lane: ConnectionRef & { workerId: string }, ids: string[]): Promise<string[]> {
  const { tenantId, workerId, token } = lane;
  const rows = await sql.query<{ id: string }>(
    `update mail m set state = 'ready', attempts = greatest(0, attempts - 1), claims = greatest(0, claims - 1),
       lease_token = null, lease_worker = null, lease_until = null
     where m.tenant_id = $1::uuid and m.id = any ($2::uuid[]) and m.state = 'sending' and m.lease_worker = $3::uuid
       and m.dot_pending_at is null and not exists (
         select 1 from lane_slot o where o.tenant_id = m.tenant_id and o.exchange_id = m.exchange_id and o.token <> $4::uuid
           and m.id = any (o.mail_id || o.next_ids))
     returning m.id`,
    [tenantId, ids, workerId, token],
  );
  const put = rows.map(({ id }) => id);
  await sql.query(
    `delete from attempt where tenant_id = $1::uuid and mail_id = any ($2::uuid[]) and ended_at is null
       and dot_pending_at is null`,
    [tenantId, put],
  );
  return put;
}

/** While the connection goes on with the mail that it carries. */
export async function putDownNext(db: Db, lane: ConnectionRef & { workerId: string }, ids: string[]): Promise<void> {
  await againOnDeadlock(() =>
    sqlTransaction(db.pool, async (sql) => {
      await holdLane(sql, lane);
      await sql.query(
        "select 1 from mail where tenant_id = $1::uuid and id = any ($2::uuid[]) order by id for update",
        [lane.tenantId, ids],
      );
      await putDown(sql, lane, ids);
      for (const id of ids) await leaveSlot(sql, lane, id);
      await setLaneDue(sql, lane);
    }),
  );
  changed(db, lane.tenantId, "mail");
}
