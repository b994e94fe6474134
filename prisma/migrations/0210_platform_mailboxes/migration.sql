-- Mailboxes of all tenants, for people of the platform: who holds the session is asked here, on every request. Only of
-- tenants that are open, since nothing can be changed in a closed one. Nothing is written here: each change goes through the
-- scope of its own tenant.

create function portal_mailboxes(p_token_hash bytea, p_filter jsonb, p_after_slug text, p_after_name text, p_limit integer)
returns table (slug text, tenant text, id uuid, name text, protocol text, host text, port integer, tls text, certificate text,
  username text, poll_seconds integer, state text, reason text, collecting boolean, last_poll_at timestamptz, last_result text,
  last_new integer, last_error text, failing_since timestamptz, matching integer)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with fits as (
    select t.slug, t.name as tenant, b.id, b.name, b.protocol, b.host, b.port, b.tls, b.certificate, b.username, b.poll_seconds,
      x.state, x.reason, coalesce(x.lease_until > now(), false) as collecting, x.last_poll_at, x.last_result, x.last_new, x.last_error,
      x.failing_since
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null and p.platform_role is not null
    join tenant t on t.state = 'active'
    join mailbox b on b.tenant_id = t.id
    join mailbox_state x on x.tenant_id = b.tenant_id and x.mailbox_id = b.id
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours'
      and (p_filter ->> 'host' is null or b.host = p_filter ->> 'host')
      and (p_filter ->> 'protocol' is null or b.protocol = p_filter ->> 'protocol')
      and (p_filter ->> 'tenant' is null
        or strpos(lower(t.name || ' ' || t.slug), lower(p_filter ->> 'tenant')) > 0)
      and (p_filter ->> 'text' is null
        or strpos(lower(concat_ws(' ', b.name, b.username, b.host)), lower(p_filter ->> 'text')) > 0)
      and case p_filter ->> 'state'
        when 'collecting' then x.state = 'active' and x.failing_since is null
        when 'failing' then x.state = 'active' and x.failing_since is not null
        when 'paused' then x.state = 'paused'
        when 'stopped' then x.state = 'stopped'
        else true end)
  select f.*, (select count(*)::int from fits)
  from fits f where (f.slug, f.name) > (p_after_slug, p_after_name)
  order by f.slug, f.name limit p_limit;
$$;

-- The hosts that people choose from, those with most mailboxes first.
create function portal_mailbox_hosts(p_token_hash bytea, p_limit integer)
returns table (host text, mailboxes integer)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select b.host, count(*)::int
  from session s
  join person p on p.id = s.person_id and p.disabled_at is null and p.platform_role is not null
  join tenant t on t.state = 'active'
  join mailbox b on b.tenant_id = t.id
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours'
  group by b.host order by count(*) desc, b.host limit p_limit;
$$;

revoke all on function portal_mailboxes(bytea, jsonb, text, text, integer), portal_mailbox_hosts(bytea, integer) from public;
