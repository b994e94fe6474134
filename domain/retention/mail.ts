// What retention does to mail: bodies go first, then the rows, whose counts are carried into the ledger in the same
// transaction, so that the sum holds at every moment. Each call is one short transaction over a bounded batch.
import { sqlOf, sqlTransaction, type TenantScope } from "@/domain/scope";

export const metadataDays = 90;
/** Places that are over. Waiting, held and badmail are never touched here. */
const over = ["delivered", "merged", "discarded", "expired", "deleted"];

/** of bodies that are erased in one transaction; one that is larger goes alone */
const octetsAtOnce = 64 * 1024 * 1024;
/** What waits for a person is looked at again after a day at the earliest: a trigger says when it leaves (0266). */
const againHours = 24;

/**
 * Erases bodies that no mail needs: at once where all its mails were deleted or have expired, after `deliveredHours`
 * where they were delivered, merged or discarded. Only those are looked at that may be due by now, the oldest first, and of one that is
 * needed it is written down until when: what is kept is not read in each round.
 */
export async function eraseBodies(
  scope: TenantScope,
  deliveredHours: number,
  now: Date,
  limit = 50,
): Promise<{ looked: number; erased: number; more: boolean }> {
  const { tenantId } = scope;
  const found = await sqlOf(scope.db.pool).query<{ id: string; goes: boolean }>(
    // Some octets at a time: who changes a mail of theirs waits meanwhile, and its lane with it.
    `select id, sum(size) over (order by coalesce(needed_at, created_at), id) - size < $5 as goes from (
       select id, size, needed_at, created_at from body where tenant_id = $1::uuid and complete and erased_at is null
         and coalesce(needed_at, created_at) < $2::timestamptz - make_interval(hours => $3)
       order by coalesce(needed_at, created_at) limit $4) due`,
    [tenantId, now, deliveredHours, limit, octetsAtOnce],
  );
  const due = found.filter(({ goes }) => goes);
  if (due.length === 0) return { looked: 0, erased: 0, more: false };
  const more = found.length === limit || due.length < found.length;
  return sqlTransaction(scope.db.pool, async (sql) => {
    const ids = await sql.query<{ id: string }>(
      "select id from body where tenant_id = $1::uuid and id = any ($2::uuid[]) and erased_at is null for update skip locked",
      [tenantId, due.map(({ id }) => id)],
    );
    // A statement of its own, behind the lock: it sees what the trigger told of until then, which waits with anything later.
    const [judged] = await sql.query<{ erased: number }>(
      `with judged as materialized (
         select b.id, coalesce(m.due, false) as due, coalesce(m.needed_at, $2::timestamptz) as needed_at
         from unnest($5::uuid[]) b (id) cross join lateral (
           select bool_and(m.state = 'settled' and (m.place in ('deleted', 'expired')
               or m.place in ('delivered', 'merged', 'discarded')
                 and coalesce(m.settled_at, m.collected_at) <= $2::timestamptz - make_interval(hours => $3))) as due,
             max(case
               when m.place in ('held', 'badmail') then $2::timestamptz + make_interval(hours => greatest(0, $4 - $3))
               when m.state <> 'settled' or m.place = 'waiting' then $2::timestamptz
               when m.place in ('deleted', 'expired') then 'epoch'
               else coalesce(m.settled_at, m.collected_at) end) as needed_at
           from mail m where m.tenant_id = $1::uuid and m.body_id = b.id) m),
       gone as (delete from body_chunk c using judged j where j.due and c.tenant_id = $1::uuid and c.body_id = j.id),
       written as (
         update body b set erased_at = case when j.due then $2::timestamptz end,
           needed_at = case when j.due then b.needed_at else j.needed_at end
         from judged j where b.tenant_id = $1::uuid and b.id = any ($5::uuid[]) and b.id = j.id returning j.due)
       select count(*) filter (where due)::int as erased from written`,
      [tenantId, now, deliveredHours, againHours, ids.map(({ id }) => id)],
    );
    return { looked: due.length, erased: judged?.erased ?? 0, more };
  });
}

/** Removes the rows of mail that was over 90 days ago, and carries the collected ones into the ledger by place. */
export function forgetMail(scope: TenantScope, now: Date, limit = 200): Promise<number> {
  const { tenantId } = scope;
  return sqlTransaction(scope.db.pool, async (sql) => {
    const gone = await sql.query<{ kind: string; place: string; body_id: string }>(
      `delete from mail m using (
         select id from mail where tenant_id = $1::uuid and state = 'settled' and place = any ($4::text[])
           and settled_at < $2::timestamptz - make_interval(days => $5)
         order by settled_at limit $3 for update skip locked) old
       where m.tenant_id = $1::uuid and m.id = old.id returning m.kind, m.place, m.body_id`,
      [tenantId, now, limit, over, metadataDays],
    );
    if (gone.length === 0) return 0;
    const count = (place: string) => gone.filter((row) => row.kind === "collected" && row.place === place).length;
    await sql.query(
      `insert into ledger as l (tenant_id, delivered, merged, discarded, expired, deleted)
       values ($1::uuid, $2, $3, $4, $5, $6)
       on conflict (tenant_id) do update set delivered = l.delivered + excluded.delivered,
         merged = l.merged + excluded.merged, discarded = l.discarded + excluded.discarded,
         expired = l.expired + excluded.expired, deleted = l.deleted + excluded.deleted`,
      [tenantId, ...over.map(count)],
    );
    await sql.query(
      `delete from body b where b.tenant_id = $1::uuid and b.id = any ($2::uuid[])
       and not exists (select 1 from mail m where m.tenant_id = $1::uuid and m.body_id = b.id)`,
      [tenantId, gone.map((row) => row.body_id)],
    );
    return gone.length;
  });
}

/**
 * Bodies that were begun more than a day ago and never finished. While some session of the tenant holds a lease a body
 * could still be growing, so then they get a second day: no fetch of one mail lasts two.
 */
export async function removeIncomplete(scope: TenantScope, now: Date, limit = 20): Promise<number> {
  const rows = await sqlOf(scope.db.pool).query<{ id: string }>(
    `delete from body b using (
       select id from body where tenant_id = $1::uuid and not complete
         and created_at < $2::timestamptz - case when exists (select 1 from mailbox_state s
           where s.tenant_id = $1::uuid and s.lease_until > now()) then interval '2 days' else interval '1 day' end
       order by created_at limit $3 for update skip locked) old
     where b.tenant_id = $1::uuid and b.id = old.id returning b.id`,
    [scope.tenantId, now, limit],
  );
  return rows.length;
}

/**
 * Identities that were closed more than 90 days ago. What `start` left out stays for ever, also closed because it vanished
 * from a listing: it has the hash of its headers alone, since it was never fetched.
 */
export async function forgetIdentities(scope: TenantScope, now: Date, limit = 1000): Promise<number> {
  const rows = await sqlOf(scope.db.pool).query<{ id: number }>(
    `delete from identity i using (
       select id from identity where tenant_id = $1::uuid and state = 'closed'
         and (canonical_hash is not null or header_hash is null) and closed_at < $2::timestamptz - interval '90 days' limit $3 for update skip locked) old
     where i.tenant_id = $1::uuid and i.id = old.id returning i.id`,
    [scope.tenantId, now, limit],
  );
  return rows.length;
}

/** Tests older than a week, with a password that one may have left behind, and notices that were told long ago. */
export async function forgetProbes(scope: TenantScope, now: Date, limit = 100): Promise<number> {
  const sql = sqlOf(scope.db.pool);
  const rows = await sql.query<{ n: number }>(
    `with old as (
       delete from probe p using (select id from probe where tenant_id = $1::uuid and state not in ('waiting', 'running')
         and requested_at < $2::timestamptz - interval '7 days' limit $3 for update skip locked) o
       where p.tenant_id = $1::uuid and p.id = o.id returning p.id),
     secrets as (delete from secret s using old where s.tenant_id = $1::uuid and s.row_id = old.id)
     select count(*)::int as n from old`,
    [scope.tenantId, now, limit],
  );
  const notices = await sql.query<{ id: string }>(
    `delete from notice n using (select id from notice where tenant_id = $1::uuid and state in ('told', 'failed')
       and created_at < $2::timestamptz - make_interval(days => $4) limit $3) o
     where n.tenant_id = $1::uuid and n.id = o.id returning n.id`,
    [scope.tenantId, now, limit, metadataDays],
  );
  return (rows[0]?.n ?? 0) + notices.length;
}
