-- As before (0220), but lanes, mailboxes and certificates of all tenants are read in one go each, and not once per tenant: with 500
-- tenants the many small questions took longer than what they asked.
create or replace function portal_overview(p_token_hash bytea, p_search text, p_limit integer)
returns table (id uuid, slug text, name text, site text, time_zone text, state text, closed_at timestamptz, role text,
  served boolean, worker_seen timestamptz, collected_ever boolean, last_hour integer,
  waiting integer, held integer, badmail integer,
  oldest_waiting timestamptz, newest_held timestamptz, newest_badmail timestamptz,
  lane jsonb, mailboxes integer, paused integer, last_poll timestamptz, troubled jsonb, late integer, late_since timestamptz,
  certificates jsonb)
language sql stable security definer set search_path = pg_catalog, public, pg_temp
-- Compiling it would take longer than running it.
set jit = off as $$
  with mine as (
    select t.*, stronger_role(p.platform_role, m.role) as my_role
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null
    cross join tenant t
    left join membership m on m.tenant_id = t.id and m.person_id = p.id
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours'
      and stronger_role(p.platform_role, m.role) is not null
      and (t.state = 'active' or p.platform_role = 'admin')
      and (p_search = '' or strpos(lower(t.name), lower(p_search)) > 0 or strpos(t.slug, lower(p_search)) > 0)
    order by t.slug limit p_limit),
  sites as (
    select x.site, bool_or(w.beat_at > now() - interval '1 minute' and not w.stopping) as served, max(w.beat_at) as seen
    from worker w cross join lateral unnest(w.sites) as x (site) group by x.site),
  -- Hosts with an incident of their provider that nobody's mailbox there has come out of.
  incidents as materialized (
    select a.facts ->> 'host' as host from alert a
    where a.kind = 'provider' and a.resolved_at is null and not exists (
      select 1 from mailbox m join mailbox_state s on s.tenant_id = m.tenant_id and s.mailbox_id = m.id
      where m.host = a.facts ->> 'host' and s.worked_at > a.raised_at)),
  lanes as (
    select distinct on (n.tenant_id) n.tenant_id,
      jsonb_build_object('host', e.host, 'port', e.port, 'state', n.state, 'reason', n.reason, 'since', n.since,
        'nextTryAt', n.next_try_at, 'pacePerMinute', n.pace_per_minute, 'warning', n.warning,
        'certificateChanged', n.certificate_change is not null) as lane
    from mine t join lane n on n.tenant_id = t.id join exchange e on e.tenant_id = n.tenant_id and e.id = n.exchange_id
    order by n.tenant_id),
  boxes as (
    select s.tenant_id,
      count(*) filter (where not (s.state = 'stopped' and coalesce(s.reason_kind, '') like 'setup-%'))::int as n,
      count(*) filter (where s.state = 'paused')::int as paused, max(s.good_poll_at) as last_poll,
      count(*) filter (where s.state = 'active' and s.due_at < now() - interval '5 minutes'
        and (s.lease_until is null or s.lease_until < now()))::int as late,
      min(s.due_at) filter (where s.state = 'active' and s.due_at < now() - interval '5 minutes'
        and (s.lease_until is null or s.lease_until < now())) as late_since
    from mine t join mailbox_state s on s.tenant_id = t.id group by s.tenant_id),
  -- Counted by what is wrong; the one that is broken for longest stands for its kind.
  kinds as (
    select y.tenant_id, case when y.state = 'stopped' then 'stopped' when i.host is not null and y.worked_at is not null then 'provider'
        when y.last_result = 'refused' then 'sign-in' else 'unreachable' end as kind,
      count(*)::int as n, min(coalesce(y.failing_since, y.last_poll_at)) as since,
      (array_agg(o.name order by y.failing_since nulls last, o.name))[1] as name,
      (array_agg(o.id order by y.failing_since nulls last, o.name))[1] as mailbox,
      (array_agg(o.host order by y.failing_since nulls last, o.name))[1] as host
    from mine t
    join mailbox_state y on y.tenant_id = t.id
    join mailbox o on o.tenant_id = y.tenant_id and o.id = y.mailbox_id
    left join incidents i on i.host = o.host
    where y.state = 'stopped' and coalesce(y.reason_kind, '') not like 'setup-%'
      or (y.state = 'active' and y.failing_since is not null and y.last_result in ('refused', 'unreachable', 'error'))
    group by 1, 2),
  troubles as (
    select k.tenant_id, jsonb_agg(jsonb_build_object('kind', k.kind, 'n', k.n, 'since', k.since, 'name', k.name,
      'mailbox', k.mailbox, 'host', k.host)) as troubled
    from kinds k group by k.tenant_id),
  -- A certificate that a rule checks stops collecting or delivering when it ends.
  ending as (
    select s.tenant_id, 'mailbox' as at, o.id, o.name, s.certificate ->> 'validTo' as until
    from mine t
    join mailbox_state s on s.tenant_id = t.id and s.state = 'active'
    join mailbox o on o.tenant_id = s.tenant_id and o.id = s.mailbox_id and o.certificate = 'system'
    union all
    select n.tenant_id, 'server', e.id, e.host, n.certificate ->> 'validTo'
    from mine t
    join lane n on n.tenant_id = t.id
    join exchange e on e.tenant_id = n.tenant_id and e.id = n.exchange_id and e.certificate = 'system'),
  certificates as (
    select z.tenant_id, jsonb_agg(jsonb_build_object('at', z.at, 'id', z.id, 'name', z.name, 'until', z.until) order by z.until) as list
    from (select x.*, row_number() over (partition by x.tenant_id order by x.until) as nth from ending x
      where x.until between '2' and to_char(now() at time zone 'UTC' + interval '14 days', 'YYYY-MM-DD"T"HH24:MI:SS')) z
    where z.nth <= 5 group by z.tenant_id)
  select t.id, t.slug, t.name, t.site, t.time_zone, t.state, t.closed_at, t.my_role,
    coalesce(x.served, false), x.seen, coalesce(g.collected, 0) > 0,
    h.n, c.waiting, c.held, c.badmail, e.oldest, e.newest_held, e.newest_badmail,
    l.lane, coalesce(b.n, 0), coalesce(b.paused, 0), b.last_poll, k.troubled, coalesce(b.late, 0), b.late_since, z.list
  from mine t
  left join sites x on x.site = t.site
  left join ledger g on g.tenant_id = t.id
  left join lanes l on l.tenant_id = t.id
  left join boxes b on b.tenant_id = t.id
  left join troubles k on k.tenant_id = t.id
  left join certificates z on z.tenant_id = t.id
  left join lateral (
    select count(*)::int as n from (select 1 from mail_search f where f.tenant_id = t.id and f.collected
      and f.collected_at > now() - interval '1 hour' limit 1001) found) h on true
  left join lateral (
    select (select count(*)::int from (select 1 from mail m where m.tenant_id = t.id and m.place = 'waiting'
        and m.kind = 'collected' limit 10001) f) as waiting,
      (select count(*)::int from (select 1 from mail m where m.tenant_id = t.id and m.place = 'held'
        and m.kind = 'collected' limit 10001) f) as held,
      (select count(*)::int from (select 1 from mail m where m.tenant_id = t.id and m.place = 'badmail'
        and m.kind = 'collected' limit 10001) f) as badmail) c on true
  left join lateral (
    select case when c.waiting > 0 then (select m.collected_at from mail m where m.tenant_id = t.id and m.place = 'waiting'
        and m.kind = 'collected' order by m.seq limit 1) end as oldest,
      case when c.held > 0 then (select coalesce(m.settled_at, m.collected_at) from mail m where m.tenant_id = t.id
        and m.place = 'held' and m.kind = 'collected' order by m.seq desc limit 1) end as newest_held,
      case when c.badmail > 0 then (select coalesce(m.settled_at, m.collected_at) from mail m where m.tenant_id = t.id
        and m.place = 'badmail' and m.kind = 'collected' order by m.seq desc limit 1) end as newest_badmail) e on true
  order by t.slug;
$$;
revoke all on function portal_overview(bytea, text, integer) from public;
