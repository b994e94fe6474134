-- Several words, each of them frequent, that hardly ever stand together: no index knows that, and each month's lists are read in
-- vain. Who types waits for the first months only, and is told how far back the search went.

-- As before (0251), but for two things. After a month that ends later than `ms` milliseconds from the statement's beginning it
-- ends with what it found, and says in mailferry.searched_back_to, for the rest of the transaction, from which moment on
-- everything was looked at. And it gives Postgres one upper bound: of two it began its walk at the later one, and to find the next
-- month read all mails of this one.
create or replace function search_mail(p_tenant_id uuid, p_tenants uuid[], p_ask jsonb)
returns table (tenant_id uuid, seq bigint, collected_at timestamptz)
language plpgsql stable rows 50 set work_mem = '32MB' set jit = off
  set max_parallel_workers_per_gather = 0 set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off
  set search_path = pg_catalog, public, pg_temp as $$
#variable_conflict use_column
declare
  walk constant integer := case when p_tenant_id is null then 20000 else 5000 end;
  wanted integer := least((p_ask ->> 'limit')::integer, 200);
  patience constant interval := (p_ask ->> 'ms')::integer * interval '1 ms';
  place constant text := nullif(nullif(p_ask ->> 'place', 'waiting'), 'delivered');
  source constant text := case when place is null then 'mail_search s' else 'mail_apart s' end;
  tenant constant text := case when p_tenant_id is null then format('= any (%L::uuid[])', p_tenants)
    else format('= %L::uuid', p_tenant_id) end;
  -- The planner looks at each tenant of a list each time; it takes longer than a month's mails.
  unlooked constant text := case when p_tenant_id is null then format('= any (array(select unnest(%L::uuid[])))', p_tenants)
    else tenant end;
  base text;
  bounds text := '';
  words constant text := search_conditions(p_ask, false);
  state constant text := search_state(p_ask);
  upper text;
  fits text;
  moment constant text := case when p_tenant_id is null then '(s.collected_at at time zone ''UTC'')' else 's.collected_at' end;
  value constant text := case when p_tenant_id is null then '(%L::timestamptz at time zone ''UTC'')' else '%L::timestamptz' end;
  behind constant text := ' and (' || moment || ', s.seq) < (' || value || ', %L::bigint)';
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
  perform set_config('mailferry.searched_back_to', '', true);
  if not (p_ask ->> 'all')::boolean then bounds := bounds || ' and s.collected'; end if;
  if p_ask ->> 'from' is not null then bounds := bounds || ' and ' || moment || format(' >= ' || value, p_ask ->> 'from'); end if;
  base := 's.tenant_id ' || tenant || bounds;
  upper := case
    when p_ask ->> 'beforeAt' is not null
        and (p_ask ->> 'until' is null or (p_ask ->> 'beforeAt')::timestamptz < (p_ask ->> 'until')::timestamptz) then
      format(behind, p_ask ->> 'beforeAt', p_ask ->> 'beforeSeq')
    when p_ask ->> 'until' is not null then ' and ' || moment || format(' < ' || value, p_ask ->> 'until')
    else '' end;
  fits := case when place is null then '' else format(' and %L = any (s.places)', place) end
    || case when state = '' then '' else ' and exists (select 1 from mail m where m.tenant_id = s.tenant_id
      and m.seq = s.seq' || state || ')' end;

  if cardinality(ids) > 0 then
    return query execute columns || 'mail m join ' || source || ' on s.tenant_id = m.tenant_id and s.seq = m.seq where m.tenant_id '
      || tenant || format(' and m.message_id <> '''' and m.kind = ''collected''
        and hashtextextended(m.message_id, 0) = any (%L::bigint[]) and m.message_id = any (%L::text[]) and ',
        array(select hashtextextended(x, 0) from unnest(ids) x), ids) || base || upper || search_conditions(p_ask, true) || fits || newest || wanted;
    get diagnostics got = row_count;
    if got > 0 or only_ids then return; end if;
  end if;

  if words = '' and fits = '' then
    return query execute columns || source || ' where ' || base || upper || newest || wanted;
    return;
  end if;
  if only_ids then return; end if;

  return query execute columns || '(select * from ' || source || ' where ' || base || upper || newest || walk || ') s where true '
    || words || fits || newest || wanted;
  get diagnostics got = row_count;
  if got >= wanted then return; end if;
  execute columns || source || ' where ' || base || upper || newest || '1 offset ' || walk - 1 into last;
  if last.seq is null then return; end if;
  base := 's.tenant_id ' || unlooked || bounds;
  upper := format(behind, last.collected_at, last.seq);

  if by_words and (place is not null or by_state is null) then
    stems := search_rarest(p_ask -> 'words', 'select * from ' || source || ' where ' || base || upper || newest || '1000');
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
        search_query(coalesce(left(p_tenant_id::text, 4), '') || month, stems, '{}'), unlooked, began, ended)
        || base || upper || words || fits || newest || wanted - got;
      get diagnostics more = row_count;
      got := got + more;
      exit when got >= wanted;
      -- The next that has any.
      execute 'select search_month(s.collected_at) from mail_search s where ' || base || ' and ' || moment
        || format(' < ' || value, began) || newest || '1' into month;
      if month is not null and clock_timestamp() > statement_timestamp() + patience then
        perform set_config('mailferry.searched_back_to', began::text, true);
        return;
      end if;
    end loop;
    return;
  else
    return query execute columns || source || ' where ' || base || upper || words || fits || newest || wanted - got;
    return;
  end if;
  return query execute columns || '(' || proposed || ') s where ' || base || upper || words || fits || newest || wanted - got;
end $$;
