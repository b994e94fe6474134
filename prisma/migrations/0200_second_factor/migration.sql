-- Second factors: codes of an authenticator app, passkeys, recovery codes; and sign-ins that wait for one.

-- How a session began: 'password', 'link', 'code', 'recovery', 'passkey'.
alter table session add column method text not null default 'password';

-- The password is proved, the second factor isn't. No session: nothing that reads sessions can take it for one.
create table sign_in (
  token_hash bytea primary key,
  person_id uuid not null references person (id) on delete cascade,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);
create index sign_in_person on sign_in (person_id);

-- One authenticator app per person. The secret is sealed to the portal's own key; no role may read the column.
create table totp (
  person_id uuid primary key references person (id) on delete cascade,
  key_id text not null,
  sealed bytea not null,
  created_at timestamptz(3) not null default now(),
  -- null: shown, but no code of it was given yet
  confirmed_at timestamptz(3),
  -- the last step of 30 seconds whose code was taken: it and older ones are taken no more
  last_step bigint not null default 0,
  last_used_at timestamptz(3)
);

create table recovery_code (
  person_id uuid not null references person (id) on delete cascade,
  code_hash bytea not null,
  created_at timestamptz(3) not null default now(),
  used_at timestamptz(3),
  primary key (person_id, code_hash)
);

create table passkey (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references person (id) on delete cascade,
  credential_id text not null unique,
  public_key bytea not null,
  counter bigint not null default 0,
  transports text[] not null default '{}',
  name text not null,
  created_at timestamptz(3) not null default now(),
  last_used_at timestamptz(3)
);
create index passkey_person on passkey (person_id);

-- What an authenticator is to sign, once. No person: a sign-in of somebody who is not known yet.
create table passkey_challenge (
  challenge text primary key,
  purpose text not null,
  person_id uuid references person (id) on delete cascade,
  expires_at timestamptz(3) not null
);

-- The roles that need a second factor.
insert into platform_setting (key, value) values ('second-factor-roles', '[]') on conflict do nothing;

create function has_second_factor(p_person_id uuid) returns boolean language sql stable as $$
  select exists (select 1 from totp where person_id = p_person_id and confirmed_at is not null)
    or exists (select 1 from passkey where person_id = p_person_id);
$$;

-- Whether one of this person's roles needs a second factor, anywhere.
create function role_needs_factor(p_person_id uuid) returns boolean language sql stable as $$
  select exists (select 1 from platform_setting s, person p
    where s.key = 'second-factor-roles' and p.id = p_person_id
      and (coalesce(s.value ? p.platform_role, false)
        or exists (select 1 from membership m where m.person_id = p.id and s.value ? m.role)));
$$;

-- As portal_session, which the version before goes on calling, with the person's second factors.
create function portal_who(p_token_hash bytea)
returns table (session_id uuid, person_id uuid, email text, name text, platform_role text, confirmed_at timestamptz,
  code boolean, passkeys integer, recovery_codes integer, needs_factor boolean)
language sql volatile security definer set search_path = pg_catalog, public, pg_temp as $$
  select w.session_id, w.person_id, w.email, w.name, w.platform_role, w.confirmed_at,
    exists (select 1 from totp t where t.person_id = w.person_id and t.confirmed_at is not null),
    (select count(*)::int from passkey k where k.person_id = w.person_id),
    (select count(*)::int from recovery_code c where c.person_id = w.person_id and c.used_at is null),
    not has_second_factor(w.person_id) and role_needs_factor(w.person_id)
  from portal_session(p_token_hash) w;
$$;

-- One person's sealed secret, for whoever holds a token of theirs: of a session, or of a sign-in that waits for the code.
create function portal_totp(p_token_hash bytea) returns table (person_id uuid, key_id text, sealed bytea, confirmed boolean)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select t.person_id, t.key_id, t.sealed, t.confirmed_at is not null from totp t
  where t.person_id in (
    select s.person_id from session s where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours'
    union all
    select i.person_id from sign_in i where i.token_hash = p_token_hash and i.used_at is null and i.expires_at > now());
$$;

-- How many people would need a second factor with these roles, and have none.
create function portal_without_factor(p_roles jsonb) returns integer
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select count(*)::int from person p
  where p.disabled_at is null and not has_second_factor(p.id)
    and (coalesce(p_roles ? p.platform_role, false)
      or exists (select 1 from membership m where m.person_id = p.id and p_roles ? m.role));
$$;

-- What is left to a person, in the transaction that takes one away; the portal locks the person before.
create function portal_factors_left(p_person_id uuid) returns table (any_left boolean, needed boolean)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select has_second_factor(p_person_id), role_needs_factor(p_person_id);
$$;

revoke all on function has_second_factor(uuid), role_needs_factor(uuid), portal_who(bytea), portal_totp(bytea),
  portal_without_factor(jsonb), portal_factors_left(uuid) from public;
