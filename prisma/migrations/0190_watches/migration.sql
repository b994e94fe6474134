-- Whose news this session's person may hear: everybody's with a platform role, else those of their own open tenants. No row:
-- nobody's session. Asked every few seconds while a page is open, so it writes nothing: an open page is no use of a session.
create function portal_watches(p_token_hash bytea) returns table (everything boolean, tenants uuid[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select p.platform_role is not null,
    case when p.platform_role is not null then '{}'::uuid[] else coalesce((
      select array_agg(t.id) from membership m join tenant t on t.id = m.tenant_id
      where m.person_id = p.id and t.state = 'active'), '{}') end
  from session s
  join person p on p.id = s.person_id and p.disabled_at is null
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours';
$$;
revoke all on function portal_watches(bytea) from public;
