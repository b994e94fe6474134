-- Each counting makes every connection plan its statements anew, and in the first seconds of a database they did little else. What the
-- planner has to know, that keys are unique and tenants few, it knows from a few hundred rows, and goes on by the size of the table. So a
-- table is counted when it is six times as large, not twice; and when one is, those that grew are counted with it, so that it is planned
-- once for all of them.

-- True as long as there is a reason to ask again. Otherwise as before (0252).
create or replace function worker_count_again() returns boolean language plpgsql security definer
set search_path = pg_catalog, public, pg_temp set lock_timeout = '100ms' as $$
declare
  enough constant integer := 2000;
  v_tables constant oid[] := array['mail', 'recipient', 'attempt', 'mail_event', 'mail_search', 'mail_apart', 'identity', 'body',
    'body_chunk']::regclass[]::oid[];
  v_page constant bigint := current_setting('block_size')::bigint;
  one record;
begin
  if exists (select 1 from pg_class c where c.oid = any (v_tables) and c.reltuples < enough
      and pg_relation_size(c.oid) > 6 * greatest(c.relpages, 1) * v_page) then
    for one in
      select c.oid::regclass as name from pg_class c
      where c.oid = any (v_tables) and c.reltuples < enough and pg_relation_size(c.oid) > 2 * greatest(c.relpages, 1) * v_page
    loop
      execute format('analyze %s', one.name);
    end loop;
  end if;
  return exists (select 1 from pg_class c where c.oid = 'mail'::regclass and c.reltuples < enough);
exception when lock_not_available then
  -- Somebody counts it just now.
  return true;
end $$;

revoke all on function worker_count_again() from public;
