-- Invitations and password resets on their way through the provider's own outgoing server, through no tenant. The portal may
-- only add them; the link is sealed, so that only the worker can read it.
create table letter (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('invitation', 'reset')),
  to_address text not null,
  key_id text not null,
  sealed bytea not null,
  created_at timestamptz(3) not null default now(),
  state text not null default 'waiting' check (state in ('waiting', 'failed')),
  tries integer not null default 0,
  -- why the last try failed; null after a try that has no end yet
  failure text,
  claimed_until timestamptz(3)
);
