-- Who forgot their password asks for a link without being known, so such a link is told apart: asking for one ends none that an
-- administrator made. Only portal_forgotten_link makes them: the portal's login may not write this column.
alter table one_time_link add column forgotten boolean not null default false;

-- Whether a worker that beats has an outgoing server and knows the portal's address: else no letter goes out.
create function portal_letters_go_out() returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (select 1 from worker where beat_at > now() - interval '2 minutes' and not stopping
    and facts ->> 'letters' = 'true');
$$;

-- Makes the link and its entry in the audit, where letters go out and somebody has this address; answers which kind it is. No
-- row: nothing was done. The first statement waits for who asks at the same moment, the second sees what they made.
create function portal_forgotten_link(p_email text, p_token_hash bytea) returns table (kind text)
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  select 1 from person where email = p_email for update;
  with who as (
    select p.id, p.email, case when p.password_hash is null then 'invitation' else 'reset' end as kind from person p
    where p.email = p_email and p.disabled_at is null and portal_letters_go_out()
  ), ended as (
    update one_time_link l set used_at = now() from who where l.person_id = who.id and l.forgotten and l.used_at is null
  ), made as (
    insert into one_time_link (person_id, kind, token_hash, expires_at, forgotten)
    select who.id, who.kind, p_token_hash, now() + interval '1 hour', true from who
  ), noted as (
    insert into platform_audit (who, action, target)
    select 'somebody at the sign-in page', 'person.forgotten', who.email from who
  )
  select who.kind from who;
$$;

-- As before, and nobody's news while the person's role needs a second factor that they haven't: nothing else is open to them.
create or replace function portal_watches(p_token_hash bytea) returns table (everything boolean, tenants uuid[])
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select p.platform_role is not null,
    case when p.platform_role is not null then '{}'::uuid[] else coalesce((
      select array_agg(t.id) from membership m join tenant t on t.id = m.tenant_id
      where m.person_id = p.id and t.state = 'active'), '{}') end
  from session s
  join person p on p.id = s.person_id and p.disabled_at is null
  where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
    and s.last_seen_at > now() - interval '12 hours'
    and (has_second_factor(p.id) or not role_needs_factor(p.id));
$$;

revoke all on function portal_letters_go_out(), portal_forgotten_link(text, bytea), portal_watches(bytea) from public;
