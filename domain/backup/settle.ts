// After a restore: what happened since the backup is not known. Mail that waited then may have been delivered, so it is sent
// again and marked, and so is what will be collected again; nothing that was in somebody's hands is in anybody's now.
import { setLaneDue } from "@/domain/lane/store";
import { stamp } from "@/domain/mailbox/restored";
import { recoverMail } from "@/domain/message/recover";
import type { Sql } from "@/domain/scope";

export interface Settled {
  tenants: number;
  /** mails that are sent again, marked as possibly delivered twice */
  again: number;
  /** invitations and resets that ended */
  links: number;
}

export interface RestoredFrom {
  takenAt: string;
  installation: string | null;
  mailferry: string;
}

export async function settle(sql: Sql, backup: RestoredFrom): Promise<Settled> {
  const when = `Restored from a backup of ${stamp(new Date(backup.takenAt))}`;
  const tenants = await sql.query<{ id: string }>("select id from tenant");
  let again = 0;
  for (const { id } of tenants) {
    await endSending(sql, id);
    again += await markWaiting(sql, id, `${when}: may have been delivered since.`);
    await noteKept(sql, id, `${when}: what people did with it since is not known.`);
    await freeLeases(sql, id);
    await noteRestore(sql, id, backup.takenAt);
    await endProbes(sql, id);
    const lanes = await sql.query<{ id: string }>("select exchange_id as id from lane where tenant_id = $1::uuid", [
      id,
    ]);
    for (const lane of lanes) await setLaneDue(sql, { tenantId: id, exchangeId: lane.id });
  }
  const links = await endAccess(sql);
  await sql.query(
    `insert into platform_audit (who, action, target, changes)
     values ('command line', 'backup.restore', $1, jsonb_build_object('backup', $2::text, 'mailferry', $3::text))`,
    [backup.installation ?? "", backup.takenAt, backup.mailferry],
  );
  return { tenants: tenants.length, again, links };
}

/** Before the dot nothing was delivered at the backup; after it the answer is lost, and the server's settings decide. */
async function endSending(sql: Sql, tenantId: string): Promise<void> {
  const sending = await sql.query<{ id: string; exchange_id: string; lease_worker: string }>(
    "select id, exchange_id, lease_worker from mail where tenant_id = $1::uuid and state = 'sending'",
    [tenantId],
  );
  for (const { id, exchange_id, lease_worker } of sending)
    await recoverMail(sql, {
      tenantId,
      exchangeId: exchange_id,
      mailId: id,
      workerId: lease_worker,
      uncertainSeconds: 0,
      alive: true,
      released: true,
    });
  await sql.query("delete from lane_slot where tenant_id = $1::uuid", [tenantId]);
}

async function markWaiting(sql: Sql, tenantId: string, text: string): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    `with again as (
       update mail set possible_copies = possible_copies + 1 where tenant_id = $1::uuid and place = 'waiting' returning id),
     told as (
       insert into mail_event (tenant_id, mail_id, kind, text) select $1::uuid, id, 'restored', $2 from again)
     select count(*)::int as n from again`,
    [tenantId, text],
  );
  return row?.n ?? 0;
}

/** Held and BADMAIL wait for a person, who may have decided already: whoever decides again reads it there. */
async function noteKept(sql: Sql, tenantId: string, text: string): Promise<void> {
  await sql.query(
    `insert into mail_event (tenant_id, mail_id, kind, text)
     select m.tenant_id, m.id, 'restored', $2 from mail m
     where m.tenant_id = $1::uuid and m.place in ('held', 'badmail')`,
    [tenantId, text],
  );
}

/** A token that stands would count as a session that died. */
async function freeLeases(sql: Sql, tenantId: string): Promise<void> {
  await sql.query(
    `update mailbox_state set lease_token = null, lease_worker = null, lease_until = null
     where tenant_id = $1::uuid and lease_token is not null`,
    [tenantId],
  );
}

/** For what is collected from now on: see restored.ts. After two restores the older backup counts until all was collected. */
async function noteRestore(sql: Sql, tenantId: string, takenAt: string): Promise<void> {
  await sql.query(
    `update mailbox_state set restored_from = case when restored_open then least(restored_from, $2) else $2 end,
       restored_at = now(), restored_open = true where tenant_id = $1::uuid`,
    [tenantId, takenAt],
  );
}

async function endProbes(sql: Sql, tenantId: string): Promise<void> {
  const sentence = "Mailferry was restored from a backup while this test ran. Start the test again.";
  await sql.query(
    `with ended as (
       update probe set state = 'failed', finished_at = now(), lease_token = null, lease_until = null, verdict = $2::jsonb
       where tenant_id = $1::uuid and state in ('waiting', 'running') returning id)
     delete from secret s using ended where s.tenant_id = $1::uuid and s.row_id = ended.id`,
    [tenantId, JSON.stringify({ ok: false, sentence, facts: {} })],
  );
}

/**
 * Whoever was signed in signs in again. A link that was open at the backup may have been used since, and would open a second
 * time; a letter with one in it is mailed at most once.
 */
async function endAccess(sql: Sql): Promise<number> {
  await sql.query("update session set ended_at = now() where ended_at is null");
  await sql.query("delete from sign_in");
  await sql.query("delete from passkey_challenge");
  const links = await sql.query(
    "update one_time_link set used_at = now() where used_at is null and expires_at > now() returning 1",
  );
  await sql.query("update one_time_link set used_at = now() where used_at is null");
  await sql.query("delete from letter where state = 'waiting'");
  await sql.query("delete from worker");
  await sql.query("update alert set claimed_until = null where claimed_until is not null");
  return links.length;
}
