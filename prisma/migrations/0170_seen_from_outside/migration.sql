-- What people see of matters that are not one tenant's own: a provider's incident, and a tenant that was closed.

-- For people of the platform: each incident of a provider, with who fails there now and whose turn to sign in comes next.
create function portal_incidents(p_token_hash bytea)
returns table (host text, raised_at timestamptz, tenants integer, mailboxes integer, next_sign_in timestamptz)
language sql stable security definer set search_path = public as $$
  select a.facts ->> 'host', a.raised_at, coalesce(f.tenants, 0), coalesce(f.mailboxes, 0), f.next_sign_in
  from alert a
  left join lateral (
    select count(distinct s.tenant_id)::int as tenants, count(*)::int as mailboxes,
      min(case when s.lease_until > now() then now() else s.due_at end) as next_sign_in
    from mailbox_state s
    join mailbox m on m.tenant_id = s.tenant_id and m.id = s.mailbox_id
    join tenant t on t.id = s.tenant_id and t.state = 'active'
    where m.host = a.facts ->> 'host' and s.state = 'active' and s.last_result in ('refused', 'unreachable', 'error')) f on true
  where a.kind = 'provider' and a.resolved_at is null
    and exists (select 1 from session s join person p on p.id = s.person_id and p.disabled_at is null
      where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
        and s.last_seen_at > now() - interval '12 hours' and p.platform_role is not null)
  order by a.raised_at desc limit 200;
$$;

-- For the tenant of this transaction: at which hosts a mailbox of its own fails together with those of many others, and
-- since when. Nothing of who they are, and nothing of hosts that its own mailboxes don't fail at.
create function portal_troubled_hosts() returns table (host text, since timestamptz)
language sql stable security definer set search_path = public as $$
  select a.facts ->> 'host', a.raised_at
  from alert a
  where a.kind = 'provider' and a.resolved_at is null
    and exists (select 1 from mailbox m join mailbox_state s on s.tenant_id = m.tenant_id and s.mailbox_id = m.id
      where m.tenant_id = current_setting('mailferry.tenant')::uuid and m.host = a.facts ->> 'host'
        and s.state = 'active' and s.last_result in ('refused', 'unreachable', 'error'));
$$;

-- The closed tenants that this session's person is a member of: they can't be entered, but that they are closed, and not
-- lost, is no secret to those who worked there.
create function portal_closed_tenants(p_token_hash bytea)
returns table (slug text, name text, time_zone text, closed_at timestamptz)
language sql stable security definer set search_path = public as $$
  select t.slug, t.name, t.time_zone, t.closed_at
  from session s
  join person p on p.id = s.person_id and p.disabled_at is null
  join membership m on m.person_id = p.id
  join tenant t on t.id = m.tenant_id
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours' and t.state = 'closed' and t.closed_at is not null
  order by t.name, t.slug limit 20;
$$;
