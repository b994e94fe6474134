-- Whose trouble it is that a sign-in fails: the provider's only where nobody signs in there, and only for a mailbox whose
-- password worked. And a member asks about one closed tenant by its name, however many others are closed to them.

-- When a session that worked began, with the place and password that are saved now; a save of others empties it.
alter table mailbox_state add column worked_at timestamptz(3);

-- As before, but without hosts at which some mailbox of anybody's worked since: five wrong passwords among many that are
-- right are five wrong passwords.
create or replace function portal_troubled_hosts() returns table (host text, since timestamptz)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select a.facts ->> 'host', a.raised_at
  from alert a
  where a.kind = 'provider' and a.resolved_at is null
    and exists (select 1 from mailbox m join mailbox_state s on s.tenant_id = m.tenant_id and s.mailbox_id = m.id
      where m.tenant_id = current_setting('mailferry.tenant')::uuid and m.host = a.facts ->> 'host'
        and s.state = 'active' and s.last_result in ('refused', 'unreachable', 'error'))
    and not exists (select 1 from mailbox m join mailbox_state s on s.tenant_id = m.tenant_id and s.mailbox_id = m.id
      where m.host = a.facts ->> 'host' and s.worked_at > a.raised_at);
$$;
revoke all on function portal_troubled_hosts() from public;

-- Whether a tenant of this name is closed and this session's person a member of it. To everybody else: no.
create function portal_closed_to_me(p_token_hash bytea, p_slug text) returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (select 1
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null
    join membership m on m.person_id = p.id
    join tenant t on t.id = m.tenant_id
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours' and t.slug = p_slug and t.state = 'closed'
      and t.closed_at is not null);
$$;
revoke all on function portal_closed_to_me(bytea, text) from public;

-- What roles.ts sets for all at the end of each migration, for these from their beginning.
alter function portal_incidents(bytea) set search_path = pg_catalog, public, pg_temp;
alter function portal_closed_tenants(bytea) set search_path = pg_catalog, public, pg_temp;
revoke all on function portal_incidents(bytea), portal_closed_tenants(bytea) from public;
