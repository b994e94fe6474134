-- When a session last ended well. Unlike worked_at it outlives a new password or host: it says how fresh what was collected is.
alter table mailbox_state add column good_poll_at timestamptz(3);
update mailbox_state set good_poll_at = case when last_result in ('ok', 'nothing-new', 'partial') then last_poll_at else worked_at end;

-- As before (0217), but the last poll is the last good one: a mailbox that is refused every minute is not collected every minute.
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
      where m.host = a.facts ->> 'host' and s.worked_at > a.raised_at))
  select t.id, t.slug, t.name, t.site, t.time_zone, t.state, t.closed_at, t.my_role,
    coalesce(x.served, false), x.seen, coalesce((select g.collected from ledger g where g.tenant_id = t.id), 0) > 0,
    h.n, c.waiting, c.held, c.badmail, c.oldest, c.newest_held, c.newest_badmail,
    l.lane, b.n, b.paused, b.last_poll, b.troubled, b.late, b.late_since, b.certificates
  from mine t
  left join sites x on x.site = t.site
  left join lateral (
    select count(*)::int as n from (select 1 from mail_search f where f.tenant_id = t.id and f.collected
      and f.collected_at > now() - interval '1 hour' limit 1001) found) h on true
  left join lateral (
    select (select count(*)::int from (select 1 from mail m where m.tenant_id = t.id and m.place = 'waiting'
        and m.kind = 'collected' limit 10001) f) as waiting,
      (select count(*)::int from (select 1 from mail m where m.tenant_id = t.id and m.place = 'held'
        and m.kind = 'collected' limit 10001) f) as held,
      (select count(*)::int from (select 1 from mail m where m.tenant_id = t.id and m.place = 'badmail'
        and m.kind = 'collected' limit 10001) f) as badmail,
      (select m.collected_at from mail m where m.tenant_id = t.id and m.place = 'waiting' and m.kind = 'collected'
        order by m.seq limit 1) as oldest,
      (select coalesce(m.settled_at, m.collected_at) from mail m where m.tenant_id = t.id and m.place = 'held'
        and m.kind = 'collected' order by m.seq desc limit 1) as newest_held,
      (select coalesce(m.settled_at, m.collected_at) from mail m where m.tenant_id = t.id and m.place = 'badmail'
        and m.kind = 'collected' order by m.seq desc limit 1) as newest_badmail) c on true
  left join lateral (
    select jsonb_build_object('host', e.host, 'port', e.port, 'state', n.state, 'reason', n.reason, 'since', n.since,
      'nextTryAt', n.next_try_at, 'pacePerMinute', n.pace_per_minute, 'warning', n.warning,
      'certificateChanged', n.certificate_change is not null) as lane
    from lane n join exchange e on e.tenant_id = n.tenant_id and e.id = n.exchange_id where n.tenant_id = t.id limit 1) l on true
  left join lateral (
    select count(*) filter (where not (s.state = 'stopped' and coalesce(s.reason_kind, '') like 'setup-%'))::int as n,
      count(*) filter (where s.state = 'paused')::int as paused, max(s.good_poll_at) as last_poll,
      -- Counted by what is wrong; the one that is broken for longest stands for its kind.
      (select jsonb_agg(k) from (
        select case when y.state = 'stopped' then 'stopped' when i.host is not null and y.worked_at is not null then 'provider'
            when y.last_result = 'refused' then 'sign-in' else 'unreachable' end as kind,
          count(*)::int as n, min(coalesce(y.failing_since, y.last_poll_at)) as since,
          (array_agg(o.name order by y.failing_since nulls last, o.name))[1] as name,
          (array_agg(o.id order by y.failing_since nulls last, o.name))[1] as mailbox,
          (array_agg(o.host order by y.failing_since nulls last, o.name))[1] as host
        from mailbox_state y
        join mailbox o on o.tenant_id = y.tenant_id and o.id = y.mailbox_id
        left join incidents i on i.host = o.host
        where y.tenant_id = t.id and (y.state = 'stopped' and coalesce(y.reason_kind, '') not like 'setup-%'
          or (y.state = 'active' and y.failing_since is not null and y.last_result in ('refused', 'unreachable', 'error')))
        group by 1) k) as troubled,
      count(*) filter (where s.state = 'active' and s.due_at < now() - interval '5 minutes'
        and (s.lease_until is null or s.lease_until < now()))::int as late,
      min(s.due_at) filter (where s.state = 'active' and s.due_at < now() - interval '5 minutes'
        and (s.lease_until is null or s.lease_until < now())) as late_since,
      -- A certificate that a rule checks stops collecting or delivering when it ends.
      (select jsonb_agg(z) from (
        select 'mailbox' as at, o.id, o.name, y.certificate ->> 'validTo' as until
        from mailbox_state y join mailbox o on o.tenant_id = y.tenant_id and o.id = y.mailbox_id
        where y.tenant_id = t.id and o.certificate = 'system' and y.state = 'active'
          and y.certificate ->> 'validTo' between '2' and to_char(now() at time zone 'UTC' + interval '14 days', 'YYYY-MM-DD"T"HH24:MI:SS')
        union all
        select 'server', e.id, e.host, n.certificate ->> 'validTo'
        from lane n join exchange e on e.tenant_id = n.tenant_id and e.id = n.exchange_id
        where n.tenant_id = t.id and e.certificate = 'system'
          and n.certificate ->> 'validTo' between '2' and to_char(now() at time zone 'UTC' + interval '14 days', 'YYYY-MM-DD"T"HH24:MI:SS')
        order by 4 limit 5) z) as certificates
    from mailbox_state s where s.tenant_id = t.id) b on true
  order by t.slug;
$$;
revoke all on function portal_overview(bytea, text, integer) from public;
