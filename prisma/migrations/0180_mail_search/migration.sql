-- What people search mail by, a narrow row per mail beside the mail itself. A mail's row is written about four times on its
-- way (received, ready, sent, settled) and each time anew in every index of its table; this one once, when it is routed.
--
-- A migration is one transaction, and what it locks stays locked to its end. So the table is filled and its indexes are made
-- first, while workers go on writing mail. Only then are mail and recipient locked against writing, for the triggers, for
-- what was written meanwhile, and for what has to be true of all rows.

create table mail_search (
  tenant_id uuid not null,
  seq bigint not null,
  collected_at timestamptz(3) not null,
  -- no notice, test or copy
  collected boolean not null,
  -- has its recipients: only then its words are worth an entry in the index
  routed boolean not null,
  senders text not null,
  recipients text not null default '',
  subject text not null,
  primary key (tenant_id, seq)
);

-- The words of a text: from the beginning of each run of characters that aren't ASCII punctuation, up to the next white
-- space. "anna.m@contoso.example" is found by "anna.m@con", "m@contoso", "contoso.exa" and "example": what begins at a
-- boundary is the beginning of a word. Other scripts have no boundaries here but white space; no locale is asked.
create function search_suffixes(p_class text, p_text text) returns text[] language plpgsql immutable parallel safe as $$
declare
  found text[] := '{}';
  piece text;
begin
  foreach piece in array regexp_split_to_array(lower(p_text), '\s+') loop
    loop
      piece := substring(piece from '[^!-/:-@\[-`{-~].*');
      exit when piece is null;
      found := found || (p_class || left(piece, 48));
      piece := substring(piece from '^[^!-/:-@\[-`{-~]+(.*)$');
    end loop;
  end loop;
  return found;
end $$;

-- Each word with a mark of its tenant and of where it stands, so that an entry of the index is one tenant's alone: what is
-- frequent elsewhere costs nothing. Two tenants may share a mark: the tenant itself is asked for beside it.
create function search_words(p_tenant_id uuid, p_senders text, p_recipients text, p_subject text) returns tsvector
language plpgsql immutable parallel safe cost 1000 as $$
declare
  mark text := left(p_tenant_id::text, 4);
begin
  return array_to_tsvector(array(select distinct x from unnest(
    public.search_suffixes(mark || 'f', p_senders) || public.search_suffixes(mark || 't', p_recipients)
    || public.search_suffixes(mark || 's', p_subject)) x));
end $$;

create function search_people(p_tenant_id uuid, p_mail_id uuid) returns text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(left(string_agg(r.address || case when r.original in ('', r.address) then '' else ' ' || r.original end, ' '
    order by r.id), 4000), '')
  from recipient r where r.tenant_id = p_tenant_id and r.mail_id = p_mail_id;
$$;

-- The rows follow by themselves, whichever program and version writes mail.
create function search_inserted() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  insert into mail_search (tenant_id, seq, collected_at, collected, routed, senders, subject)
  select m.tenant_id, m.seq, m.collected_at, m.kind = 'collected', m.state <> 'received',
    left(case when m.sender = '' or strpos(m.header_from, m.sender) > 0 then m.header_from
      else m.sender || ' ' || m.header_from end, 600), left(m.subject, 600)
  from new_mail m;
  return null;
end $$;

create function search_routed() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update mail_search set recipients = search_people(new.tenant_id, new.id), routed = true
  where tenant_id = new.tenant_id and seq = new.seq;
  return null;
end $$;

-- Recipients that come later: by a person who sends a mail elsewhere, and of what Mailferry itself writes.
create function search_readdressed() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update mail_search s set recipients = search_people(m.tenant_id, m.id)
  from (select distinct r.tenant_id, r.mail_id from new_recipient r) r
  join mail m on m.tenant_id = r.tenant_id and m.id = r.mail_id
  where s.tenant_id = m.tenant_id and s.seq = m.seq and s.routed
    and s.recipients <> search_people(m.tenant_id, m.id);
  return null;
end $$;

create function search_renamed() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update mail_search s set recipients = search_people(new.tenant_id, new.mail_id)
  from mail m
  where m.tenant_id = new.tenant_id and m.id = new.mail_id and s.tenant_id = m.tenant_id and s.seq = m.seq and s.routed;
  return null;
end $$;

-- The words of a search as a condition on the index of one tenant. `stems`: the pieces of one word of the search.
create function search_query(p_tenant_id uuid, p_words jsonb) returns tsquery language plpgsql immutable parallel safe as $$
declare
  mark text := left(p_tenant_id::text, 4);
  word jsonb;
  stem text;
  class text;
  one text;
  parts text[] := '{}';
begin
  for word in select w from jsonb_array_elements(p_words) w
    where not (w ->> 'not')::boolean and w ->> 'field' <> 'id' loop
    for stem in select lower(x) from jsonb_array_elements_text(word -> 'stems') x loop
      one := '';
      foreach class in array case word ->> 'field' when 'from' then '{f}'::text[] when 'to' then '{t}'
        when 'subject' then '{s}' else '{f,t,s}' end loop
        one := one || case one when '' then '' else ' | ' end || ''''
          || replace(replace(mark || class || left(stem, 48), '\', '\\'), '''', '''''') || ''':*';
      end loop;
      parts := parts || ('(' || one || ')');
    end loop;
  end loop;
  return array_to_string(parts, ' & ')::tsquery;
end $$;

-- A phrase may begin in the middle of what white space separates and is looked for as it stands, so the regular expression
-- decides and the index only proposes.
create function search_conditions(p_ask jsonb, p_with_ids boolean) returns text language plpgsql immutable as $$
declare
  word jsonb;
  one text;
  found text := '';
begin
  for word in select w from jsonb_array_elements(p_ask -> 'words') w loop
    one := format(case word ->> 'field'
      when 'from' then 's.senders ~* %L'
      when 'to' then 's.recipients ~* %L'
      when 'subject' then 's.subject ~* %L'
      when 'id' then 'false'
      else '(s.senders || E''\n'' || s.recipients || E''\n'' || s.subject) ~* %L' end, word ->> 'pattern');
    if p_with_ids and jsonb_array_length(word -> 'ids') > 0 then
      one := format('%s or m.message_id = any (%L::text[])', one, array(select jsonb_array_elements_text(word -> 'ids')));
    end if;
    found := found || case when (word ->> 'not')::boolean then ' and not ' else ' and ' end || '(' || one || ')';
  end loop;
  return found;
end $$;

create function search_state(p_ask jsonb) returns text language plpgsql immutable as $$
declare
  places text[] := '{waiting,held,badmail,expired,deleted,discarded,delivered,merged}';
  place text := p_ask ->> 'place';
  ids text[];
  found text := '';
begin
  -- A mail's place is the first that any of its recipients is in: one that waits may be in BADMAIL for another.
  if place is not null then
    found := format(' and (m.place = %L or m.place = any (%L::text[]) and exists (select 1 from recipient r
      where r.tenant_id = m.tenant_id and r.mail_id = m.id and r.place = %1$L))',
      place, places[1 : array_position(places, place) - 1]);
  end if;
  if (p_ask ->> 'uncertain')::boolean then found := found || ' and m.state = ''uncertain'''; end if;
  if (p_ask ->> 'twice')::boolean then found := found || ' and m.possible_copies > 0'; end if;
  for ids in select array(select jsonb_array_elements_text(w -> 'ids')) from jsonb_array_elements(p_ask -> 'words') w
    where w ->> 'field' = 'id' and (w ->> 'not')::boolean loop
    found := found || format(' and m.message_id <> all (%L::text[])', ids);
  end loop;
  if p_ask ->> 'reason' is not null then
    found := found || format(' and (m.reason_kind = %L or exists (select 1 from recipient r
      where r.tenant_id = m.tenant_id and r.mail_id = m.id and r.reason_kind = %1$L))', p_ask ->> 'reason');
  end if;
  return found;
end $$;

-- Which mails a state alone proposes; null where it is too common to go by. `p_tenant`: a condition's right side.
create function search_by_state(p_ask jsonb, p_tenant text) returns text language plpgsql immutable as $$
declare
  place text := p_ask ->> 'place';
  reason text := p_ask ->> 'reason';
  mails constant text := 'select m.tenant_id, m.seq from mail m where m.tenant_id ' || p_tenant;
  also constant text := ' union select m.tenant_id, m.seq from recipient r join mail m on m.tenant_id = r.tenant_id
    and m.id = r.mail_id where r.tenant_id ' || p_tenant;
begin
  if place <> 'delivered' then
    return mails || format(' and m.place = %L', place) || also || format(' and r.place = %L', place);
  elsif (p_ask ->> 'uncertain')::boolean then return mails || ' and m.state = ''uncertain''';
  elsif (p_ask ->> 'twice')::boolean then return mails || ' and m.possible_copies > 0';
  elsif reason is not null then
    return mails || format(' and m.place in (''waiting'', ''held'', ''badmail'', ''expired'', ''deleted'', ''discarded'')
      and m.reason_kind = %L', reason) || also || format(' and r.place in (''waiting'', ''held'', ''badmail'', ''expired'',
      ''deleted'', ''discarded'', ''delivered'', ''merged'') and r.reason_kind = %L', reason);
  end if;
  return null;
end $$;

-- The newest mails that fit, in three steps, each bounded: by their Message-ID; among the newest, as they come; and the rest
-- by the index that fits. What is not among the newest is so rare that the index gives little. Either of one tenant or of
-- several. Statements are put together here, every value quoted; "offset 0" keeps the planner from walking where the index
-- is meant, and the settings from guessing what only costs time.
create function search_mail(p_tenant_id uuid, p_tenants uuid[], p_ask jsonb)
returns table (tenant_id uuid, seq bigint, collected_at timestamptz)
language plpgsql stable rows 50 set work_mem = '32MB' set jit = off
  set max_parallel_workers_per_gather = 0 set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  walk constant integer := case when p_tenant_id is null then 20000 else 5000 end;
  wanted integer := least((p_ask ->> 'limit')::integer, 200);
  tenant constant text := case when p_tenant_id is null then format('= any (%L::uuid[])', p_tenants)
    else format('= %L::uuid', p_tenant_id) end;
  base text := 's.tenant_id ' || tenant;
  words constant text := search_conditions(p_ask, false);
  state constant text := search_state(p_ask);
  fits text;
  moment constant text := case when p_tenant_id is null then '(s.collected_at at time zone ''UTC'')' else 's.collected_at' end;
  value constant text := case when p_tenant_id is null then '(%L::timestamptz at time zone ''UTC'')' else '%L::timestamptz' end;
  newest constant text := ' order by ' || moment || ' desc, s.seq desc limit ';
  columns constant text := 'select s.tenant_id, s.seq, s.collected_at from ';
  ids text[] := array(select jsonb_array_elements_text(w -> 'ids') from jsonb_array_elements(p_ask -> 'words') w
    where not (w ->> 'not')::boolean);
  only_ids boolean := exists (select 1 from jsonb_array_elements(p_ask -> 'words') w
    where w ->> 'field' = 'id' and not (w ->> 'not')::boolean);
  by_words boolean := exists (select 1 from jsonb_array_elements(p_ask -> 'words') w
    where not (w ->> 'not')::boolean and jsonb_array_length(w -> 'stems') > 0);
  by_state constant text := search_by_state(p_ask, tenant);
  got integer;
  last record;
begin
  if not (p_ask ->> 'all')::boolean then base := base || ' and s.collected'; end if;
  if p_ask ->> 'from' is not null then base := base || ' and ' || moment || format(' >= ' || value, p_ask ->> 'from'); end if;
  if p_ask ->> 'until' is not null then base := base || ' and ' || moment || format(' < ' || value, p_ask ->> 'until'); end if;
  if p_ask ->> 'beforeAt' is not null then
    base := base || ' and (' || moment || format(', s.seq) < (' || value || ', %L::bigint)', p_ask ->> 'beforeAt', p_ask ->> 'beforeSeq');
  end if;
  fits := case when state = '' then '' else ' and exists (select 1 from mail m where m.tenant_id = s.tenant_id
    and m.seq = s.seq' || state || ')' end;

  if cardinality(ids) > 0 then
    return query execute columns || 'mail m join mail_search s on s.tenant_id = m.tenant_id and s.seq = m.seq where m.tenant_id '
      || tenant || format(' and m.message_id <> '''' and m.kind = ''collected''
        and hashtextextended(m.message_id, 0) = any (%L::bigint[]) and m.message_id = any (%L::text[]) and ',
        array(select hashtextextended(x, 0) from unnest(ids) x), ids) || base || search_conditions(p_ask, true) || state || newest || wanted;
    get diagnostics got = row_count;
    if got > 0 or only_ids then return; end if;
  end if;

  if words = '' and state = '' then
    return query execute columns || 'mail_search s where ' || base || newest || wanted;
    return;
  end if;
  if only_ids then return; end if;

  return query execute columns || '(select * from mail_search s where ' || base || newest || walk || ') s where true '
    || words || fits || newest || wanted;
  get diagnostics got = row_count;
  if got >= wanted then return; end if;
  execute columns || 'mail_search s where ' || base || newest || '1 offset ' || walk - 1 into last;
  if last.seq is null then return; end if;
  base := base || ' and (' || moment || format(', s.seq) < (' || value || ', %L::bigint)', last.collected_at, last.seq);

  if by_state is not null then
    return query execute columns || '(select s.* from (' || by_state
      || ') m join mail_search s on s.tenant_id = m.tenant_id and s.seq = m.seq offset 0) s where ' || base || words || fits
      || newest || wanted - got;
  elsif by_words then
    return query execute columns || '(' || case when p_tenant_id is null
      then format('select w.* from unnest(%L::uuid[]) t (id) cross join lateral (select * from mail_search s
        where s.routed and search_words(s.tenant_id, s.senders, s.recipients, s.subject) @@ search_query(t.id, %L::jsonb)
          and s.tenant_id::text = t.id::text offset 0) w', p_tenants, p_ask -> 'words')
      else format('(select * from mail_search s
        where s.routed and search_words(s.tenant_id, s.senders, s.recipients, s.subject) @@ %L::tsquery offset 0)',
        search_query(p_tenant_id, p_ask -> 'words')) end
      || ' union all select * from mail_search s where not s.routed and s.tenant_id ' || tenant || ') s where '
      || base || words || fits || newest || wanted - got;
  else
    return query execute columns || 'mail_search s where ' || base || words || fits || newest || wanted - got;
  end if;
end $$;

-- Of the tenant whose context the transaction has, as row-level security has it.
create function portal_search(p_ask jsonb) returns table (seq bigint, collected_at timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select s.seq, s.collected_at from search_mail(current_setting('mailferry.tenant')::uuid, null, p_ask) s;
$$;

-- Of all tenants, for people of the platform: who holds the session is asked here, on every request.
create function portal_trace(p_token_hash bytea, p_ask jsonb, p_asked text[])
returns table (slug text, tenant text, id uuid, seq bigint, kind text, place text, state text, reason text, sender text,
  header_from text, subject text, size bigint, collected_at timestamptz, possible_copies integer, recipients text[],
  recipient_count integer, places text[], last_code integer, last_words text)
language sql stable security definer set jit = off set enable_hashjoin = off set enable_mergejoin = off
set search_path = pg_catalog, public, pg_temp as $$
  with allowed as (
    select coalesce(array_agg(t.id), '{}') as ids
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null and p.platform_role is not null
    join tenant t on t.state = 'active' or p.platform_role = 'admin'
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours')
  select t.slug, t.name, m.id, m.seq, m.kind, m.place, m.state, left(coalesce(r.reason, m.reason), 500), m.sender,
    m.header_from, m.subject, m.size, m.collected_at, m.possible_copies, coalesce(r.addresses[1:3], '{}'),
    coalesce(cardinality(r.addresses), 0), coalesce(r.places, array[m.place]), r.code, r.words
  from allowed a
  cross join lateral search_mail(null, a.ids, p_ask) f
  join mail m on m.tenant_id = f.tenant_id and m.seq = f.seq
  join tenant t on t.id = m.tenant_id
  left join lateral (
    select array_agg(x.address order by x.address ilike any (p_asked) desc, x.address) as addresses,
      array_agg(distinct x.place) as places,
      (array_agg(x.reason order by x.place = w.place desc, x.decided_at desc nulls last)
        filter (where x.reason is not null))[1] as reason,
      (array_agg(x.reply_code order by x.place = w.place desc, x.decided_at desc nulls last)
        filter (where x.reply_text is not null))[1] as code,
      (array_agg(left(x.reply_text, 300) order by x.place = w.place desc, x.decided_at desc nulls last)
        filter (where x.reply_text is not null))[1] as words
    from recipient x, (select coalesce(p_ask ->> 'place', m.place) as place) w
    where x.tenant_id = m.tenant_id and x.mail_id = m.id) r on true
  order by f.collected_at desc, f.seq desc;
$$;

-- For a mail that was never seen: which mailboxes of all tenants don't look for it now, or never did, the longest first.
create function portal_blind_mailboxes(p_token_hash bytea, p_limit integer)
returns table (slug text, tenant text, mailbox_id uuid, name text, state text, reason text, last_poll_at timestamptz,
  failing_since timestamptz, last_error text, all_mailboxes bigint, oldest_poll timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with every as (
    select t.slug, t.name as tenant, b.id, b.name, x.state, x.reason, x.last_poll_at, x.failing_since, x.last_error,
      x.state = 'active' and x.failing_since is null and x.last_poll_at is not null as sees
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null and p.platform_role is not null
    join tenant t on t.state = 'active'
    join mailbox b on b.tenant_id = t.id
    join mailbox_state x on x.tenant_id = b.tenant_id and x.mailbox_id = b.id
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours'),
  facts as (select count(*) as n, min(last_poll_at) filter (where sees) as oldest from every)
  select e.slug, e.tenant, e.id, e.name, e.state, e.reason, e.last_poll_at, e.failing_since, e.last_error, f.n, f.oldest
  from facts f left join every e on not e.sees
  order by e.last_poll_at nulls first, e.slug, e.name limit p_limit;
$$;

-- Functions begin with a right for everybody, until prisma/roles.ts has spoken.
revoke all on function portal_search(jsonb), portal_trace(bytea, jsonb, text[]), portal_blind_mailboxes(bytea, integer),
  search_people(uuid, uuid), search_inserted(), search_routed(), search_readdressed(), search_renamed() from public;

-- Which transactions may be unseen by the filling: those from the oldest one that still runs.
select set_config('mailferry.search_since', pg_snapshot_xmin(pg_current_snapshot())::xid::text, true);
insert into mail_search (tenant_id, seq, collected_at, collected, routed, senders, recipients, subject)
select m.tenant_id, m.seq, m.collected_at, m.kind = 'collected', m.state <> 'received',
  left(case when m.sender = '' or strpos(m.header_from, m.sender) > 0 then m.header_from
    else m.sender || ' ' || m.header_from end, 600),
  case when m.state = 'received' then '' else search_people(m.tenant_id, m.id) end, left(m.subject, 600)
from mail m;

-- Fast to add to, and merged in the background: see the decision page.
create index mail_search_words on mail_search using gin (search_words(tenant_id, senders, recipients, subject)) where routed;
create index mail_search_time on mail_search (tenant_id, collected_at, seq);
-- Over all tenants. In UTC without a zone, so that it is never taken for a search of one tenant, whose own index is better.
create index mail_search_all on mail_search ((collected_at at time zone 'UTC'), seq);
create index mail_search_unrouted on mail_search (tenant_id) where not routed;
analyze mail_search;

-- In tries of half a second, all or nothing: what waits for a lock holds up all who come behind it, and two that wait for
-- each other would have Postgres end one of them, which here means to fill the table again.
do $$
begin
  for tries in 1..1000 loop
    begin
      set local lock_timeout = '500ms';
      lock table mail, recipient in share row exclusive mode;
      set local lock_timeout to default;
      return;
    exception when lock_not_available or deadlock_detected then
      perform pg_sleep(0.5);
    end;
  end loop;
  raise exception 'mail is being written without a pause: try again when less is going on';
end $$;

create trigger mail_search_inserted after insert on mail referencing new table as new_mail
for each statement execute function search_inserted();
create trigger mail_search_routed after update of state on mail for each row
when (old.state = 'received' and new.state <> 'received') execute function search_routed();
create trigger recipient_search_inserted after insert on recipient referencing new table as new_recipient
for each statement execute function search_readdressed();
create trigger recipient_search_renamed after update of address on recipient for each row
when (old.address is distinct from new.address) execute function search_renamed();

-- What came or changed while the table was filled, by the transaction that wrote the row; what is older than the age of a
-- transaction can tell is only done once more. And what went.
insert into mail_search (tenant_id, seq, collected_at, collected, routed, senders, recipients, subject)
select m.tenant_id, m.seq, m.collected_at, m.kind = 'collected', m.state <> 'received',
  left(case when m.sender = '' or strpos(m.header_from, m.sender) > 0 then m.header_from
    else m.sender || ' ' || m.header_from end, 600),
  case when m.state = 'received' then '' else search_people(m.tenant_id, m.id) end, left(m.subject, 600)
from (
  select c.tenant_id, c.id from mail c where age(c.xmin) <= age(current_setting('mailferry.search_since')::xid)
  union select r.tenant_id, r.mail_id from recipient r where age(r.xmin) <= age(current_setting('mailferry.search_since')::xid)
) changed join mail m on m.tenant_id = changed.tenant_id and m.id = changed.id
on conflict (tenant_id, seq) do update set collected_at = excluded.collected_at, collected = excluded.collected,
  routed = excluded.routed, senders = excluded.senders, recipients = excluded.recipients, subject = excluded.subject;
delete from mail_search s where not exists (select 1 from mail m where m.tenant_id = s.tenant_id and m.seq = s.seq);

create index mail_twice on mail (tenant_id) where possible_copies > 0;
alter table mail_search add foreign key (tenant_id, seq) references mail (tenant_id, seq) on delete cascade;
