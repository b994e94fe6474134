-- Mails that did not simply go through get a small table of their own, so that BADMAIL, merged and the like are found without looking
-- at all others. Filled while workers go on writing mail; locked against writing is only the end, as in 0180.

create function search_lexemes(p_mark text, p_more text[], p_senders text, p_recipients text, p_subject text) returns tsvector
language plpgsql immutable parallel safe cost 1000 as $$
begin
  return array_to_tsvector(array(select distinct x from unnest(
    public.search_suffixes(p_mark || 'f', p_senders) || public.search_suffixes(p_mark || 't', p_recipients)
    || public.search_suffixes(p_mark || 's', p_subject) || p_more) x));
end $$;

-- Months since the year 0, of UTC.
create function search_month(p_at timestamptz) returns integer language sql immutable parallel safe as $$
  select (extract(year from p_at at time zone 'UTC') * 12 + extract(month from p_at at time zone 'UTC') - 1)::integer;
$$;

-- A mail is in here as long as it, or one of its recipients, is in a place other than waiting and delivered.
create table mail_apart (
  tenant_id uuid not null,
  seq bigint not null,
  collected_at timestamptz(3) not null,
  collected boolean not null,
  routed boolean not null,
  senders text not null,
  recipients text not null,
  subject text not null,
  places text[] not null,
  primary key (tenant_id, seq)
);

create function search_places(p_tenant_id uuid, p_mail_id uuid, p_place text) returns text[]
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(array_agg(distinct x order by x), '{}') from (
    select p_place union all select r.place from recipient r where r.tenant_id = p_tenant_id and r.mail_id = p_mail_id) p (x)
  where x not in ('waiting', 'delivered');
$$;

-- Brings a mail's row here up to date, or takes it away. By keys alone, as in 0218. It reads what its own transaction sees: who changes
-- places holds the mail's row or its lane.
create function search_set_apart(p_tenant_id uuid, p_mail_id uuid) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  the_seq bigint;
  found text[];
begin
  select m.seq, search_places(p_tenant_id, p_mail_id, m.place) into the_seq, found
  from mail m where m.tenant_id = p_tenant_id and m.id = p_mail_id;
  if found = '{}' then
    delete from mail_apart where tenant_id = p_tenant_id and seq = the_seq;
    return;
  end if;
  insert into mail_apart
  select s.tenant_id, s.seq, s.collected_at, s.collected, s.routed, s.senders, s.recipients, s.subject, found
  from mail_search s where s.tenant_id = p_tenant_id and s.seq = the_seq
  on conflict (tenant_id, seq) do update set routed = excluded.routed, recipients = excluded.recipients, places = excluded.places
  where (mail_apart.routed, mail_apart.recipients, mail_apart.places) is distinct from
    (excluded.routed, excluded.recipients, excluded.places);
end $$;

-- As before (0180), and what is apart from the beginning.
create or replace function search_inserted() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into mail_search (tenant_id, seq, collected_at, collected, routed, senders, subject)
  select m.tenant_id, m.seq, m.collected_at, m.kind = 'collected', m.state <> 'received',
    left(case when m.sender = '' or strpos(m.header_from, m.sender) > 0 then m.header_from
      else m.sender || ' ' || m.header_from end, 600), left(m.subject, 600)
  from new_mail m;
  perform search_set_apart(m.tenant_id, m.id) from new_mail m where m.place not in ('waiting', 'delivered');
  return null;
end $$;

create function search_mail_placed() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform search_set_apart(new.tenant_id, new.id);
  return null;
end $$;

-- Once for each mail of a statement, however many of its recipients the statement writes.
create function search_recipients_came() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform search_set_apart(x.tenant_id, x.mail_id)
  from (select distinct tenant_id, mail_id from new_recipient where place not in ('waiting', 'delivered')) x;
  return null;
end $$;

create function search_recipients_moved() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform search_set_apart(x.tenant_id, x.mail_id)
  from (
    select distinct n.tenant_id, n.mail_id from new_recipient n join old_recipient o on o.tenant_id = n.tenant_id and o.id = n.id
    where n.place <> o.place and (n.place not in ('waiting', 'delivered') or o.place not in ('waiting', 'delivered'))) x;
  return null;
end $$;

create function search_reworded() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update mail_apart set routed = new.routed, recipients = new.recipients where tenant_id = new.tenant_id and seq = new.seq;
  return null;
end $$;

-- Which transactions may be unseen by the filling: those from the oldest one that still runs.
select set_config('mailferry.apart_since', pg_snapshot_xmin(pg_current_snapshot())::xid::text, true);
insert into mail_apart
select s.tenant_id, s.seq, s.collected_at, s.collected, s.routed, s.senders, s.recipients, s.subject,
  search_places(m.tenant_id, m.id, m.place)
from (
  select c.tenant_id, c.id from mail c where c.place not in ('waiting', 'delivered')
  union select r.tenant_id, r.mail_id from recipient r where r.place not in ('waiting', 'delivered')) x
join mail m on m.tenant_id = x.tenant_id and m.id = x.id
join mail_search s on s.tenant_id = m.tenant_id and s.seq = m.seq;

-- Whoever fills up what waits to be merged into an index of words merges it: little at a time, since somebody waits.
create index mail_apart_words on mail_apart
  using gin (search_lexemes('', places || ('@' || tenant_id::text), senders, recipients, subject)) with (gin_pending_list_limit = 256);
create index mail_apart_time on mail_apart (tenant_id, collected_at, seq);
create index mail_apart_all on mail_apart ((collected_at at time zone 'UTC'), seq);
analyze mail_apart;

-- In tries of half a second, all or nothing: what waits for a lock holds up all who come behind it.
create function migration_lock(p_tables text, p_mode text) returns void language plpgsql as $$
begin
  for tries in 1..1000 loop
    begin
      set local lock_timeout = '500ms';
      execute format('lock table %s in %s mode', p_tables, p_mode);
      set local lock_timeout to default;
      return;
    exception when lock_not_available or deadlock_detected then
      perform pg_sleep(0.5);
    end;
  end loop;
  raise exception '% is in use without a pause: try again when less is going on', p_tables;
end $$;
select migration_lock('mail, recipient, mail_search', 'share row exclusive');

create trigger mail_search_placed after update of place on mail for each row
when (old.place <> new.place and (old.place not in ('waiting', 'delivered') or new.place not in ('waiting', 'delivered')))
execute function search_mail_placed();
create trigger recipient_search_came after insert on recipient referencing new table as new_recipient
for each statement execute function search_recipients_came();
create trigger recipient_search_moved after update on recipient referencing old table as old_recipient new table as new_recipient
for each statement execute function search_recipients_moved();
create trigger mail_search_reworded after update of routed, recipients on mail_search for each row
when (old.routed <> new.routed or old.recipients <> new.recipients) execute function search_reworded();

-- What was written while the table was filled, and what went.
delete from mail_apart a where not exists (select 1 from mail_search s where s.tenant_id = a.tenant_id and s.seq = a.seq);
select search_set_apart(x.tenant_id, x.id) from (
  select c.tenant_id, c.id from mail c where age(c.xmin) <= age(current_setting('mailferry.apart_since')::xid)
  union select r.tenant_id, r.mail_id from recipient r where age(r.xmin) <= age(current_setting('mailferry.apart_since')::xid)
  union select m.tenant_id, m.id from mail_search s join mail m on m.tenant_id = s.tenant_id and m.seq = s.seq
    where age(s.xmin) <= age(current_setting('mailferry.apart_since')::xid)) x;
alter table mail_apart add foreign key (tenant_id, seq) references mail_search (tenant_id, seq) on delete cascade;

revoke all on function migration_lock(text, text), search_set_apart(uuid, uuid), search_places(uuid, uuid, text), search_inserted(), search_mail_placed(),
  search_recipients_came(), search_recipients_moved(), search_reworded() from public;
