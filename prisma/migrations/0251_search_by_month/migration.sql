-- Searching goes back month by month and ends when it has enough, and over all tenants it asks an index of words that knows no
-- tenants, instead of each one's part of the words.

-- A word is marked with its month: of a word that is frequent in all the years, only the newest are read. And with its tenant, of
-- which two may share a mark: the tenant itself is asked for beside it. Whoever fills up what waits to be merged into an index of words
-- merges it: little at a time, since somebody waits.
create index if not exists mail_search_words_month on mail_search using gin (search_lexemes(
  left(tenant_id::text, 4) || search_month(collected_at)::text, '{}', senders, recipients, subject))
  with (gin_pending_list_limit = 256) where routed;
-- Over all tenants: asking each one's words took as many looks as there are tenants.
create index if not exists mail_search_words_all on mail_search
  using gin (search_lexemes(search_month(collected_at)::text, '{}', senders, recipients, subject))
  with (gin_pending_list_limit = 256) where routed;
-- What has no words yet.
create index if not exists mail_search_coming on mail_search (tenant_id, collected_at) where not routed;
analyze mail_search;

-- The beginnings of words that a search asks an index for: a dozen, the longest first.
create function search_stems(p_words jsonb) returns table (field text, stem text) language sql immutable parallel safe as $$
  select w ->> 'field', left(lower(x), 48)
  from jsonb_array_elements(p_words) w cross join lateral jsonb_array_elements_text(w -> 'stems') x
  where not (w ->> 'not')::boolean and w ->> 'field' <> 'id'
  group by 1, 2 order by length(left(lower(x), 48)) desc, 1, 2 limit 12;
$$;

-- Of these, the ones that are worth asking for. To read a frequent word's list costs more than to look at the few mails that rarer
-- words leave: an entry costs about a 25th of a mail. How frequent a word is, the newest thousand mails tell.
create function search_rarest(p_words jsonb, p_newest text) returns jsonb language plpgsql stable
set search_path = pg_catalog, public, pg_temp as $$
declare
  shares float8[];
  left_over float8 := 1;
  chosen jsonb := '[]';
  one record;
begin
  execute 'select array[' || (select string_agg(format('(count(*) filter (where strpos(%s, %L) > 0) + 0.5) / 1000',
      case field when 'from' then 's.senders' when 'to' then 's.recipients' when 'subject' then 's.subject' else 's.everything' end, stem),
      ', ' order by n)
    from search_stems(p_words) with ordinality x (field, stem, n)) || ']::float8[] from (
      select lower(n.senders) as senders, lower(n.recipients) as recipients, lower(n.subject) as subject,
        lower(n.senders || '' '' || n.recipients || '' '' || n.subject) as everything from (' || p_newest || ') n offset 0) s' into shares;
  for one in select * from (select field, stem, shares[n] as share from search_stems(p_words) with ordinality x (field, stem, n)) y
    order by share loop
    continue when chosen <> '[]' and one.share > 25 * left_over;
    chosen := chosen || jsonb_build_object('field', one.field, 'stem', one.stem);
    left_over := left_over * one.share;
  end loop;
  return chosen;
end $$;

-- These as a condition on an index. `p_mark`: what its words begin with; `p_more`: what else an entry must have.
create function search_query(p_mark text, p_stems jsonb, p_more text[]) returns tsquery language plpgsql immutable parallel safe as $$
declare
  asked record;
  class text;
  one text;
  parts text[] := array(select '''' || x || '''' from unnest(p_more) x);
begin
  for asked in select * from jsonb_to_recordset(p_stems) x (field text, stem text) loop
    one := '';
    foreach class in array case asked.field when 'from' then '{f}'::text[] when 'to' then '{t}'
      when 'subject' then '{s}' else '{f,t,s}' end loop
      one := one || case one when '' then '' else ' | ' end || ''''
        || replace(replace(p_mark || class || asked.stem, '\', '\\'), '''', '''''') || ''':*';
    end loop;
    parts := parts || ('(' || one || ')');
  end loop;
  return array_to_string(parts, ' & ')::tsquery;
end $$;

-- As before (0180); a place of mail_apart is among its places, and no longer asked of the mail and its recipients.
create or replace function search_state(p_ask jsonb) returns text language plpgsql immutable as $$
declare
  place text := p_ask ->> 'place';
  ids text[];
  found text := '';
begin
  -- A mail's place is the first that any of its recipients is in: of one that waits, another recipient may have been delivered to.
  if place = 'waiting' then
    found := ' and m.place = ''waiting''';
  elsif place = 'delivered' then
    found := ' and (m.place = ''delivered'' or m.place <> ''merged'' and exists (select 1 from recipient r
      where r.tenant_id = m.tenant_id and r.mail_id = m.id and r.place = ''delivered''))';
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

-- Which mails of mail_search a state alone proposes; null where it is too common to go by. `p_tenant`: a condition's right side.
create or replace function search_by_state(p_ask jsonb, p_tenant text) returns text language plpgsql immutable as $$
declare
  reason text := p_ask ->> 'reason';
  mails constant text := 'select m.tenant_id, m.seq from mail m where m.tenant_id ' || p_tenant;
begin
  if p_ask ->> 'place' = 'waiting' then return mails || ' and m.place = ''waiting''';
  elsif (p_ask ->> 'uncertain')::boolean then return mails || ' and m.state = ''uncertain''';
  elsif (p_ask ->> 'twice')::boolean then return mails || ' and m.possible_copies > 0';
  elsif reason is not null then
    return mails || format(' and m.place in (''waiting'', ''held'', ''badmail'', ''expired'', ''deleted'', ''discarded'')
      and m.reason_kind = %L', reason) || ' union select m.tenant_id, m.seq from recipient r join mail m
      on m.tenant_id = r.tenant_id and m.id = r.mail_id where r.tenant_id ' || p_tenant || format('
      and r.place in (''waiting'', ''held'', ''badmail'', ''expired'', ''deleted'', ''discarded'', ''delivered'', ''merged'')
      and r.reason_kind = %L', reason);
  end if;
  return null;
end $$;

-- As before (0180): by Message-ID, then among the newest as they come, then by the index that fits. What changed is the last step:
-- a place goes by mail_apart, and words go month by month.
create or replace function search_mail(p_tenant_id uuid, p_tenants uuid[], p_ask jsonb)
returns table (tenant_id uuid, seq bigint, collected_at timestamptz)
language plpgsql stable rows 50 set work_mem = '32MB' set jit = off
  set max_parallel_workers_per_gather = 0 set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  walk constant integer := case when p_tenant_id is null then 20000 else 5000 end;
  wanted integer := least((p_ask ->> 'limit')::integer, 200);
  place constant text := nullif(nullif(p_ask ->> 'place', 'waiting'), 'delivered');
  source constant text := case when place is null then 'mail_search s' else 'mail_apart s' end;
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
  more integer;
  last record;
  month integer;
  began timestamptz;
  ended timestamptz;
  proposed text;
  stems jsonb := '[]';
begin
  if not (p_ask ->> 'all')::boolean then base := base || ' and s.collected'; end if;
  if p_ask ->> 'from' is not null then base := base || ' and ' || moment || format(' >= ' || value, p_ask ->> 'from'); end if;
  if p_ask ->> 'until' is not null then base := base || ' and ' || moment || format(' < ' || value, p_ask ->> 'until'); end if;
  if p_ask ->> 'beforeAt' is not null then
    base := base || ' and (' || moment || format(', s.seq) < (' || value || ', %L::bigint)', p_ask ->> 'beforeAt', p_ask ->> 'beforeSeq');
  end if;
  fits := case when place is null then '' else format(' and %L = any (s.places)', place) end
    || case when state = '' then '' else ' and exists (select 1 from mail m where m.tenant_id = s.tenant_id
      and m.seq = s.seq' || state || ')' end;

  if cardinality(ids) > 0 then
    return query execute columns || 'mail m join ' || source || ' on s.tenant_id = m.tenant_id and s.seq = m.seq where m.tenant_id '
      || tenant || format(' and m.message_id <> '''' and m.kind = ''collected''
        and hashtextextended(m.message_id, 0) = any (%L::bigint[]) and m.message_id = any (%L::text[]) and ',
        array(select hashtextextended(x, 0) from unnest(ids) x), ids) || base || search_conditions(p_ask, true) || fits || newest || wanted;
    get diagnostics got = row_count;
    if got > 0 or only_ids then return; end if;
  end if;

  if words = '' and fits = '' then
    return query execute columns || source || ' where ' || base || newest || wanted;
    return;
  end if;
  if only_ids then return; end if;

  return query execute columns || '(select * from ' || source || ' where ' || base || newest || walk || ') s where true '
    || words || fits || newest || wanted;
  get diagnostics got = row_count;
  if got >= wanted then return; end if;
  execute columns || source || ' where ' || base || newest || '1 offset ' || walk - 1 into last;
  if last.seq is null then return; end if;
  base := base || ' and (' || moment || format(', s.seq) < (' || value || ', %L::bigint)', last.collected_at, last.seq);

  if by_words and (place is not null or by_state is null) then
    stems := search_rarest(p_ask -> 'words', 'select * from ' || source || ' where ' || base || newest || '1000');
  end if;
  if place is not null then
    proposed := format('select * from mail_apart s where search_lexemes('''', s.places || (''@'' || s.tenant_id::text), s.senders,
      s.recipients, s.subject) @@ %L::tsquery offset 0', search_query('', stems,
        case when p_tenant_id is null then array[place] else array[place, '@' || p_tenant_id::text] end));
  elsif by_state is not null then
    proposed := 'select s.* from (' || by_state || ') m join mail_search s on s.tenant_id = m.tenant_id and s.seq = m.seq offset 0';
  elsif by_words then
    month := search_month(last.collected_at);
    while month is not null loop
      began := make_date(month / 12, month % 12 + 1, 1)::timestamp at time zone 'UTC';
      ended := (make_date(month / 12, month % 12 + 1, 1) + interval '1 month') at time zone 'UTC';
      return query execute columns || format('((select * from mail_search s where s.routed and search_lexemes(%s
          search_month(s.collected_at)::text, ''{}'', s.senders, s.recipients, s.subject) @@ %L::tsquery offset 0)
          union all select * from mail_search s where not s.routed and s.tenant_id %s
            and s.collected_at >= %L and s.collected_at < %L) s where ',
        case when p_tenant_id is null then '' else 'left(s.tenant_id::text, 4) ||' end,
        search_query(coalesce(left(p_tenant_id::text, 4), '') || month, stems, '{}'), tenant, began, ended)
        || base || words || fits || newest || wanted - got;
      get diagnostics more = row_count;
      got := got + more;
      exit when got >= wanted;
      -- The next that has any.
      execute 'select search_month(s.collected_at) from mail_search s where ' || base || ' and ' || moment
        || format(' < ' || value, began) || newest || '1' into month;
    end loop;
    return;
  else
    return query execute columns || source || ' where ' || base || words || fits || newest || wanted - got;
    return;
  end if;
  return query execute columns || '(' || proposed || ') s where ' || base || words || fits || newest || wanted - got;
end $$;

select migration_lock('mail_search', 'access exclusive');
drop index mail_search_words, mail_search_unrouted;
drop function search_words(uuid, text, text, text), search_query(uuid, jsonb);
