-- What the portal asks across tenants: each function takes the session's token hash and checks the person itself, on every
-- request, so that an ended session, a disabled person or a changed role acts at once.

-- When the next try at this key is let through: a delay that grows, never a lock-out.
alter table throttle add column next_at timestamptz(3) not null default now();

create index audit_newest on audit (tenant_id, id desc);

-- Who holds this session, if it is still good: not ended, used within 12 hours, begun within 7 days, person enabled.
-- Its last use is written at most once a minute.
create function portal_session(p_token_hash bytea)
returns table (session_id uuid, person_id uuid, email text, name text, platform_role text, confirmed_at timestamptz)
language sql volatile security definer set search_path = public as $$
  update session s set last_seen_at = now()
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours' and s.last_seen_at < now() - interval '1 minute';
  select s.id, p.id, p.email, p.name, p.platform_role, s.confirmed_at
  from session s join person p on p.id = s.person_id
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours' and p.disabled_at is null;
$$;

-- The stronger of two roles; null when neither is one.
create function stronger_role(a text, b text) returns text language sql immutable as $$
  select case when a = 'admin' or b = 'admin' then 'admin' when a = 'operator' or b = 'operator' then 'operator'
    when a = 'viewer' or b = 'viewer' then 'viewer' end;
$$;

-- A tenant by its short name, with this person's role there. No row: no such tenant, no membership, or closed and the
-- person is no platform administrator; the three look the same.
create function portal_enter(p_token_hash bytea, p_slug text)
returns table (tenant_id uuid, slug text, name text, site text, time_zone text, contact text, state text,
  closed_at timestamptz, role text)
language sql stable security definer set search_path = public as $$
  select t.id, t.slug, t.name, t.site, t.time_zone, t.contact, t.state, t.closed_at,
    stronger_role(p.platform_role, m.role)
  from session s
  join person p on p.id = s.person_id and p.disabled_at is null
  join tenant t on t.slug = p_slug
  left join membership m on m.tenant_id = t.id and m.person_id = p.id
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours'
    and stronger_role(p.platform_role, m.role) is not null
    and (t.state = 'active' or p.platform_role = 'admin');
$$;

-- The tenants that this person may enter, with what one glance should tell of each. Ordered by name, a page at a time.
create function portal_tenants(p_token_hash bytea, p_search text, p_after text, p_limit integer)
returns table (tenant_id uuid, slug text, name text, site text, time_zone text, state text, closed_at timestamptz, role text,
  waiting bigint, held bigint, badmail bigint, oldest_waiting timestamptz, lanes jsonb,
  mailboxes bigint, mailboxes_failing bigint, mailboxes_stopped bigint, last_poll timestamptz)
language sql stable security definer set search_path = public as $$
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
      and t.slug > p_after
    order by t.slug limit p_limit)
  select t.id, t.slug, t.name, t.site, t.time_zone, t.state, t.closed_at, t.my_role,
    counts.waiting, counts.held, counts.badmail, counts.oldest, coalesce(l.lanes, '[]'),
    coalesce(b.n, 0), coalesce(b.failing, 0), coalesce(b.stopped, 0), b.last_poll
  from mine t
  left join lateral (
    select count(*) filter (where x.place = 'waiting') as waiting, count(*) filter (where x.place = 'held') as held,
      count(*) filter (where x.place = 'badmail') as badmail,
      min(x.collected_at) filter (where x.place = 'waiting') as oldest
    from mail x where x.tenant_id = t.id and x.place in ('waiting', 'held', 'badmail') and x.kind = 'collected') counts on true
  left join lateral (
    select jsonb_agg(jsonb_build_object('host', e.host, 'port', e.port, 'state', l.state, 'reason', l.reason,
      'nextTry', l.next_try_at) order by e.host) as lanes
    from lane l join exchange e on e.tenant_id = l.tenant_id and e.id = l.exchange_id where l.tenant_id = t.id) l on true
  left join lateral (
    select count(*) as n, count(*) filter (where s.failing_since is not null and s.state = 'active') as failing,
      count(*) filter (where s.state = 'stopped') as stopped, max(s.last_poll_at) as last_poll
    from mailbox_state s where s.tenant_id = t.id) b on true
  order by t.slug;
$$;

-- Whether a person is known outside this tenant: then nobody inside it may make a link that sets the person's password.
create function portal_person_elsewhere(p_person_id uuid, p_tenant_id uuid) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (select 1 from membership where person_id = p_person_id and tenant_id <> p_tenant_id)
    or exists (select 1 from person where id = p_person_id and platform_role is not null);
$$;
