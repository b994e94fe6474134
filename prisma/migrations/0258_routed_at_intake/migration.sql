-- A mail whose way is plain is stored routed, with its recipients in the same statement: its row in the search gets them at once, and
-- is written once. Of a mail that comes without them, and gets them later, nothing changes; so it goes for workers of the version
-- before.

-- As before (0250), and whom it is for, where it is routed already. Triggers of a statement run when all of it is there.
create or replace function search_inserted() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into mail_search (tenant_id, seq, collected_at, collected, routed, senders, recipients, subject)
  select m.tenant_id, m.seq, m.collected_at, m.kind = 'collected', m.state <> 'received',
    left(case when m.sender = '' or strpos(m.header_from, m.sender) > 0 then m.header_from
      else m.sender || ' ' || m.header_from end, 600),
    case when m.state = 'received' then '' else search_people(m.tenant_id, m.id) end, left(m.subject, 600)
  from new_mail m;
  perform search_set_apart(m.tenant_id, m.id) from new_mail m where m.place not in ('waiting', 'delivered');
  return null;
end $$;

-- As before (0218), but for recipients that come before their mail has its row here: in the statement that stores both. The row gets
-- them when it is made.
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
    cross join lateral (select 1 from mail_search where tenant_id = r.tenant_id and seq = m.seq offset 0) s
  loop
    people := search_people(one.tenant_id, one.mail_id);
    update mail_search set recipients = people
    where tenant_id = one.tenant_id and seq = one.seq and routed and recipients <> people;
  end loop;
  return null;
end $$;

revoke all on function search_inserted(), search_readdressed() from public;
