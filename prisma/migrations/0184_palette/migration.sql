-- Where one may want to go: tenants that the session's person may enter, and their mailboxes, by parts of names and addresses, all
-- of which have to be there ("info contoso"). The patterns come with their wildcards already masked.
create function portal_find(p_token_hash bytea, p_patterns text[], p_limit integer)
returns table (kind text, slug text, tenant text, id uuid, name text, detail text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with mine as (
    select t.id, t.slug, t.name
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null
    cross join tenant t
    left join membership m on m.tenant_id = t.id and m.person_id = p.id
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours'
      and stronger_role(p.platform_role, m.role) is not null and t.state = 'active')
  (select 'tenant', t.slug, t.name, t.id, t.name, t.slug from mine t
   where concat_ws(' ', t.name, t.slug) ilike all (p_patterns) order by t.name, t.slug limit p_limit)
  union all
  (select 'mailbox', t.slug, t.name, b.id, b.name, b.username || ' at ' || b.host
   from mine t join mailbox b on b.tenant_id = t.id
   where concat_ws(' ', b.name, b.username, b.host, t.name, t.slug) ilike all (p_patterns)
     and concat_ws(' ', b.name, b.username, b.host) ilike any (p_patterns)
   order by b.name, t.name, b.id limit p_limit);
$$;
revoke all on function portal_find(bytea, text[], integer) from public;
