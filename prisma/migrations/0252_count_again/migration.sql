-- A table without statistics counts as tiny, where every index is as good as any other: until Postgres looks by itself (a minute, or
-- more), each step of a mail went through all mails of its tenant, and a first mailbox of thousands took its time by the square. So
-- the worker has the tables counted whenever they doubled, as long as they are small; later Postgres does it soon enough.

-- True as long as there is a reason to ask again.
create function worker_count_again() returns boolean language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set lock_timeout = '100ms' as $$
declare
  enough constant integer := 2000;
  one record;
begin
  for one in
    select c.oid::regclass as name from pg_class c
    where c.oid = any (array['mail', 'recipient', 'attempt', 'mail_event', 'mail_search', 'mail_apart', 'identity', 'body',
        'body_chunk']::regclass[]::oid[])
      and c.reltuples < enough
      and pg_relation_size(c.oid) > 2 * greatest(c.relpages, 1) * current_setting('block_size')::bigint
  loop
    execute format('analyze %s', one.name);
  end loop;
  return exists (select 1 from pg_class c where c.oid = 'mail'::regclass and c.reltuples < enough);
exception when lock_not_available then
  -- Somebody counts it just now.
  return true;
end $$;

revoke all on function worker_count_again() from public;
