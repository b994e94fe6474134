-- Recipients that come later, mail by mail and by its key: as one statement over all of them, a database that has no statistics
-- of its tables yet looked at all of a tenant's mail for each mail that was routed. One that is not routed yet has no words.
create or replace function search_readdressed() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  one record;
  people text;
begin
  for one in
    select r.tenant_id, r.mail_id, m.seq
    from (select distinct tenant_id, mail_id from new_recipient) r
    cross join lateral (
      select seq from mail where tenant_id = r.tenant_id and id = r.mail_id and state <> 'received' offset 0) m
  loop
    people := search_people(one.tenant_id, one.mail_id);
    update mail_search set recipients = people
    where tenant_id = one.tenant_id and seq = one.seq and routed and recipients <> people;
  end loop;
  return null;
end $$;

revoke all on function search_readdressed() from public;
