-- The tenants that a person may enter, by name only: for the switcher, which every page draws.
create function portal_my_tenants(p_token_hash bytea, p_limit integer) returns table (slug text, name text)
language sql stable security definer set search_path = public as $$
  select t.slug, t.name
  from session s
  join person p on p.id = s.person_id and p.disabled_at is null
  cross join tenant t
  left join membership m on m.tenant_id = t.id and m.person_id = p.id
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours'
    and stronger_role(p.platform_role, m.role) is not null and t.state = 'active'
  order by t.name, t.slug limit p_limit;
$$;
