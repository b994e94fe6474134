-- What is wrong with the installation itself, for people with a platform role.
create function portal_alerts(p_token_hash bytea)
returns table (id uuid, kind text, tenant_id uuid, text text, raised_at timestamptz, told_at timestamptz, failure text)
language sql stable security definer set search_path = public as $$
  select a.id, a.kind, a.tenant_id, a.text, a.raised_at, a.told_at, a.failure
  from alert a
  where a.resolved_at is null
    and exists (select 1 from session s join person p on p.id = s.person_id and p.disabled_at is null
      where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
        and s.last_seen_at > now() - interval '12 hours' and p.platform_role is not null)
  order by a.raised_at desc limit 200;
$$;
