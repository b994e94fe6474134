-- The first shape of Mailferry's database. Roles, grants and row-level security are not here:
-- `migrate` sets them after the last migration from prisma/roles.ts, since role names differ per installation.

-- People --------------------------------------------------------------------------------------------------------
create table person (
  id uuid primary key default gen_random_uuid(),
  email text not null unique check (email = lower(email)),
  name text not null default '',
  password_hash text,
  platform_role text check (platform_role in ('admin', 'operator', 'viewer')),
  disabled_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);

-- The cookie's JWT carries only a random token; its SHA-256 is here. Read on every request.
create table session (
  id uuid primary key default gen_random_uuid(),
  token_hash bytea not null unique,
  person_id uuid not null references person (id) on delete cascade,
  created_at timestamptz(3) not null default now(),
  last_seen_at timestamptz(3) not null default now(),
  confirmed_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  ended_at timestamptz(3),
  address text not null default '',
  agent text not null default ''
);
create index session_person on session (person_id);

-- Invitations and resets: hashed, used once, short-lived.
create table one_time_link (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references person (id) on delete cascade,
  kind text not null check (kind in ('invitation', 'reset')),
  token_hash bytea not null unique,
  created_at timestamptz(3) not null default now(),
  expires_at timestamptz(3) not null,
  used_at timestamptz(3)
);

-- Sign-in attempts per account and per address, in windows.
create table throttle (
  key text primary key,
  count integer not null,
  window_start timestamptz(3) not null
);

-- What belongs to the installation as a whole: installation id, set-up code (hashed).
create table platform_setting (
  key text primary key,
  value jsonb not null,
  updated_at timestamptz(3) not null default now()
);

create table platform_audit (
  id bigint generated always as identity primary key,
  at timestamptz(3) not null default now(),
  person_id uuid,
  who text not null,
  action text not null,
  target text not null default '',
  changes jsonb not null default '{}'
);

-- Workers and their keys ------------------------------------------------------------------------------------------
create table worker (
  id uuid primary key,
  name text not null,
  sites text[] not null,
  address text not null default '',
  version text not null default '',
  started_at timestamptz(3) not null default now(),
  beat_at timestamptz(3) not null default now(),
  stopping boolean not null default false,
  facts jsonb not null default '{}'
);

-- A clock per site that runs only while some worker of it beats: "give up after" counts with it.
create table site_clock (
  site text primary key,
  running_seconds double precision not null default 0,
  beat_at timestamptz(3) not null default now()
);

-- Public keys that secrets are sealed to. Only the owner writes here.
create table site_key (
  key_id text primary key,
  site text not null,
  public_key bytea not null,
  created_at timestamptz(3) not null default now(),
  retired_at timestamptz(3)
);

-- What an operator of the whole installation is told by the provider's own server. One cause, one row, one mail.
create table alert (
  id uuid primary key default gen_random_uuid(),
  cause text not null,
  kind text not null,
  tenant_id uuid,
  text text not null,
  facts jsonb not null default '{}',
  raised_at timestamptz(3) not null default now(),
  told_at timestamptz(3),
  resolved_at timestamptz(3),
  resolved_told_at timestamptz(3),
  failure text
);
create unique index alert_open on alert (cause) where resolved_at is null;

-- Tenants -----------------------------------------------------------------------------------------------------------
create table tenant (
  id uuid primary key default gen_random_uuid(),
  slug text not null unique check (slug ~ '^[a-z0-9]([a-z0-9-]*[a-z0-9])?$'),
  name text not null,
  site text not null default 'main',
  time_zone text not null,
  contact text not null default '',
  state text not null default 'active' check (state in ('active', 'closed')),
  closed_at timestamptz(3),
  delivered_hours integer not null default 72 check (delivered_hours between 0 and 720),
  badmail_days integer not null default 0 check (badmail_days >= 0),
  version integer not null default 1,
  imported_at timestamptz(3),
  created_at timestamptz(3) not null default now()
);

create table membership (
  tenant_id uuid not null references tenant (id) on delete cascade,
  person_id uuid not null references person (id) on delete cascade,
  role text not null check (role in ('admin', 'operator', 'viewer')),
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, person_id)
);
create index membership_person on membership (person_id);

-- Collected is counted at intake, independently of the rest. The other columns are what retention carried forward.
create table ledger (
  tenant_id uuid primary key references tenant (id) on delete cascade,
  collected bigint not null default 0,
  delivered bigint not null default 0,
  expired bigint not null default 0,
  discarded bigint not null default 0,
  merged bigint not null default 0,
  deleted bigint not null default 0
);

create table audit (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id bigint generated always as identity,
  at timestamptz(3) not null default now(),
  person_id uuid,
  who text not null,
  action text not null,
  target text not null default '',
  target_id uuid,
  changes jsonb not null default '{}',
  primary key (tenant_id, id)
);

-- Sealed values: the web role may write them and may not read `sealed`. No Prisma model on purpose.
create table secret (
  tenant_id uuid not null references tenant (id) on delete cascade,
  row_id uuid not null,
  field text not null,
  key_id text not null,
  sealed bytea not null,
  updated_at timestamptz(3) not null default now(),
  primary key (tenant_id, row_id, field)
);

-- The Exchange server, and its lane ----------------------------------------------------------------------------------
create table exchange (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  host text not null,
  port integer not null default 25 check (port between 1 and 65535),
  tls text not null default 'allow' check (tls in ('off', 'allow', 'require', 'implicit')),
  certificate text not null default 'any',
  certificate_name text not null default '',
  oldest_tls text not null default '1.2' check (oldest_tls in ('1.0', '1.2')),
  timeout_seconds integer not null default 60,
  retry_minutes integer not null default 10,
  give_up_after_hours integer not null default 120,
  helo_domain text not null default '',
  username text not null default '',
  max_connections integer not null default 5,
  uncertain text not null default 'resend' check (uncertain in ('resend', 'hold')),
  postmaster text not null,
  notify_spam boolean not null default true,
  notify_unknown_recipient boolean not null default true,
  notify_badmail boolean not null default true,
  notify_collecting boolean not null default true,
  accepts_unknown boolean,
  version integer not null default 1,
  updated_at timestamptz(3) not null default now(),
  updated_by text not null default '',
  primary key (tenant_id, id)
);
create unique index exchange_one on exchange (tenant_id);

-- What is due among all tenants stands in two small tables: a row per lane, a row per mailbox.
create table lane (
  tenant_id uuid not null,
  exchange_id uuid not null,
  site text not null default 'main',
  state text not null default 'closed' check (state in ('closed', 'open', 'half-open', 'paused')),
  reason_kind text,
  reason text,
  since timestamptz(3) not null default now(),
  due_at timestamptz(3),
  next_try_at timestamptz(3),
  cap integer,
  cap_raise_at timestamptz(3),
  pace_per_minute integer,
  pace_next_at timestamptz(3),
  working_base double precision not null default 0,
  working_since double precision,
  refusal_key text,
  refusals jsonb not null default '[]',
  cut_mail_id uuid,
  cut_count integer not null default 0,
  starttls_seen boolean not null default false,
  greets_us text,
  certificate jsonb,
  certificate_change jsonb,
  warning text,
  unreachable_since timestamptz(3),
  last_accepted_at timestamptz(3),
  primary key (tenant_id, exchange_id),
  foreign key (tenant_id, exchange_id) references exchange (tenant_id, id) on delete cascade
);
create index lane_due on lane (site, due_at) where due_at is not null;

-- One row per connection in use: the cap is exact across all workers.
create table lane_slot (
  tenant_id uuid not null,
  exchange_id uuid not null,
  n integer not null,
  token uuid not null,
  worker_id uuid not null,
  lease_until timestamptz(3) not null,
  since timestamptz(3) not null default now(),
  answer_awaited_since timestamptz(3),
  primary key (tenant_id, exchange_id, n),
  foreign key (tenant_id, exchange_id) references lane (tenant_id, exchange_id) on delete cascade
);

-- Mailboxes ----------------------------------------------------------------------------------------------------------
create table mailbox (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  name text not null,
  protocol text not null check (protocol in ('pop3', 'imap')),
  host text not null,
  port integer not null check (port between 1 and 65535),
  tls text not null default 'implicit' check (tls in ('off', 'starttls', 'implicit')),
  certificate text not null default 'system',
  username text not null,
  folder text not null default 'INBOX',
  poll_seconds integer not null default 300,
  timeout_seconds integer not null default 180,
  max_per_poll integer not null default 200,
  start text not null default 'all',
  reroute_unknown_to text not null default '',
  after text not null default 'delete' check (after in ('delete', 'keep', 'keep-days')),
  keep_days integer not null default 7,
  renumber_limit integer not null default 500,
  recipient_mode text not null check (recipient_mode in ('single', 'headers')),
  recipient_address text not null default '',
  recipient_headers text[] not null default '{}',
  recipient_domains text[] not null default '{}',
  recipient_own text[] not null default '{}',
  recipient_nobody text not null default 'hold',
  version integer not null default 1,
  created_at timestamptz(3) not null default now(),
  updated_at timestamptz(3) not null default now(),
  updated_by text not null default '',
  primary key (tenant_id, id),
  unique (tenant_id, name)
);
create unique index mailbox_source on mailbox (tenant_id, protocol, host, username, folder);

create table mailbox_state (
  tenant_id uuid not null,
  mailbox_id uuid not null,
  site text not null default 'main',
  state text not null default 'active' check (state in ('active', 'paused', 'stopped')),
  reason_kind text,
  reason text,
  due_at timestamptz(3),
  lease_token uuid,
  lease_worker uuid,
  lease_until timestamptz(3),
  last_poll_at timestamptz(3),
  last_result text check (last_result in ('ok', 'nothing-new', 'partial', 'refused', 'unreachable', 'busy', 'error')),
  last_error text,
  last_reply text,
  last_new integer not null default 0,
  failing_since timestamptz(3),
  failures integer not null default 0,
  told_stopped_at timestamptz(3),
  recheck boolean not null default false,
  epoch text,
  listed integer,
  listed_bytes bigint,
  certificate jsonb,
  facts jsonb not null default '{}',
  primary key (tenant_id, mailbox_id),
  foreign key (tenant_id, mailbox_id) references mailbox (tenant_id, id) on delete cascade
);
create index mailbox_due on mailbox_state (site, due_at) where state = 'active';

-- What a mailbox is known to hold or to have held. Outside retention: see domain/mailbox/identity.ts.
create table identity (
  tenant_id uuid not null,
  id bigint generated always as identity,
  mailbox_id uuid not null,
  epoch text not null default '',
  uid text not null,
  size bigint,
  header_hash bytea,
  canonical_hash bytea,
  state text not null check (state in ('stored', 'deleting', 'skipped', 'bad', 'closed')),
  mail_id uuid,
  received_at timestamptz(3),
  created_at timestamptz(3) not null default now(),
  delete_after timestamptz(3),
  session uuid,
  tries integer not null default 0,
  next_try_at timestamptz(3),
  last_error text,
  headline text,
  closed_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, mailbox_id) references mailbox (tenant_id, id) on delete cascade
);
create unique index identity_open on identity (tenant_id, mailbox_id, epoch, uid) where state <> 'closed';
create index identity_hash on identity (tenant_id, mailbox_id, canonical_hash);

create table rule (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  position integer not null,
  name text not null,
  conditions jsonb not null,
  outcome jsonb not null,
  continues boolean not null default false,
  primary key (tenant_id, id),
  unique (tenant_id, name)
);

-- Mail ----------------------------------------------------------------------------------------------------------------
create table body (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  created_at timestamptz(3) not null default now(),
  complete boolean not null default false,
  size bigint not null default 0,
  prefix_length integer not null default 0,
  header_length integer not null default 0,
  canonical_hash bytea,
  header_hash bytea,
  content_hash bytea,
  eight_bit boolean not null default false,
  erased_at timestamptz(3),
  primary key (tenant_id, id)
);
create index body_incomplete on body (tenant_id, created_at) where not complete;

create table body_chunk (
  tenant_id uuid not null,
  body_id uuid not null,
  n integer not null,
  data bytea not null,
  primary key (tenant_id, body_id, n),
  foreign key (tenant_id, body_id) references body (tenant_id, id) on delete cascade
);
alter table body_chunk alter column data set storage external;

create table mail (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  seq bigint generated always as identity,
  kind text not null check (kind in ('collected', 'notice', 'test', 'copy')),
  mailbox_id uuid,
  exchange_id uuid,
  body_id uuid not null,
  sender text not null default '',
  header_from text not null default '',
  header_to text not null default '',
  subject text not null default '',
  message_id text not null default '',
  own_message_id boolean not null default false,
  header_date timestamptz(3),
  received_at timestamptz(3),
  collected_at timestamptz(3) not null default now(),
  size bigint not null,
  content_hash bytea,
  place text not null default 'waiting'
    check (place in ('waiting', 'held', 'badmail', 'expired', 'deleted', 'discarded', 'delivered', 'merged')),
  state text not null default 'received'
    check (state in ('received', 'ready', 'sending', 'uncertain', 'settled')),
  reason_kind text,
  reason text,
  route jsonb not null default '{}',
  attempts integer not null default 0,
  claims integer not null default 0,
  next_attempt_at timestamptz(3),
  clock_start double precision,
  lease_token uuid,
  lease_worker uuid,
  lease_until timestamptz(3),
  dot_pending_at timestamptz(3),
  uncertain_count integer not null default 0,
  possible_copies integer not null default 0,
  one_by_one boolean not null default false,
  reroute_to text not null default '',
  origin_mail_id uuid,
  settled_at timestamptz(3),
  primary key (tenant_id, id),
  foreign key (tenant_id, body_id) references body (tenant_id, id),
  foreign key (tenant_id, exchange_id) references exchange (tenant_id, id)
);
create unique index mail_seq on mail (tenant_id, seq);
create index mail_claim on mail (tenant_id, exchange_id, next_attempt_at, seq) where state = 'ready';
create index mail_leased on mail (tenant_id, lease_until) where state in ('sending', 'uncertain');
create index mail_received on mail (tenant_id, seq) where state = 'received';
create index mail_place on mail (tenant_id, place, seq desc);
create index mail_merge on mail (tenant_id, message_id) where message_id <> '' and kind = 'collected';
create index mail_body on mail (tenant_id, body_id);

create table recipient (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  mail_id uuid not null,
  address text not null,
  original text not null default '',
  via text not null default '',
  rerouted boolean not null default false,
  place text not null default 'waiting'
    check (place in ('waiting', 'held', 'badmail', 'expired', 'deleted', 'discarded', 'delivered', 'merged')),
  not_before timestamptz(3),
  reason_kind text,
  reason text,
  reply_stage text,
  reply_code integer,
  reply_enhanced text,
  reply_text text,
  reply_class text,
  reply_rule text,
  merged_into uuid,
  decided_at timestamptz(3),
  decided_by text,
  primary key (tenant_id, id),
  foreign key (tenant_id, mail_id) references mail (tenant_id, id) on delete cascade
);
create index recipient_mail on recipient (tenant_id, mail_id);
create index recipient_address on recipient (tenant_id, lower(address));
create index recipient_place on recipient (tenant_id, place, reason_kind);

create table attempt (
  tenant_id uuid not null,
  id uuid not null default gen_random_uuid(),
  mail_id uuid not null,
  number integer not null,
  worker text not null,
  server text not null default '',
  started_at timestamptz(3) not null default now(),
  dot_pending_at timestamptz(3),
  ended_at timestamptz(3),
  outcome text check (outcome in ('accepted', 'partly', 'refused', 'deferred', 'uncertain', 'lane', 'lost')),
  reply_stage text,
  reply_code integer,
  reply_enhanced text,
  reply_text text,
  tls text not null default '',
  recipients jsonb not null default '[]',
  conversation jsonb not null default '[]',
  primary key (tenant_id, id),
  foreign key (tenant_id, mail_id) references mail (tenant_id, id) on delete cascade
);
create index attempt_mail on attempt (tenant_id, mail_id, number);

-- What happened to a mail, in words, beside its attempts: routed, merged, released by a person …
create table mail_event (
  tenant_id uuid not null,
  id bigint generated always as identity,
  mail_id uuid not null,
  at timestamptz(3) not null default now(),
  kind text not null,
  text text not null,
  who text not null default '',
  facts jsonb not null default '{}',
  primary key (tenant_id, id),
  foreign key (tenant_id, mail_id) references mail (tenant_id, id) on delete cascade
);
create index mail_event_mail on mail_event (tenant_id, mail_id, id);

-- Notices -------------------------------------------------------------------------------------------------------------
create table notice (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('spam', 'unknown-recipient', 'badmail', 'held', 'collecting', 'relay', 'retention')),
  cause text not null,
  mail_id uuid,
  mailbox_id uuid,
  facts jsonb not null default '{}',
  created_at timestamptz(3) not null default now(),
  state text not null default 'pending' check (state in ('pending', 'queued', 'told', 'failed')),
  sent_mail_id uuid,
  primary key (tenant_id, id)
);
create index notice_pending on notice (tenant_id, kind, created_at) where state = 'pending';

-- The growing gaps between digests of one kind.
create table notice_pace (
  tenant_id uuid not null references tenant (id) on delete cascade,
  kind text not null,
  step integer not null default 0,
  last_at timestamptz(3),
  next_at timestamptz(3),
  primary key (tenant_id, kind)
);

-- Probes: the portal writes a row, a worker runs it and writes the conversation back line by line ------------------------
create table probe (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  kind text not null check (kind in ('exchange', 'mailbox')),
  subject_id uuid,
  site text not null default 'main',
  state text not null default 'waiting' check (state in ('waiting', 'running', 'done', 'stopped', 'failed')),
  input jsonb not null,
  requested_by text not null,
  requested_at timestamptz(3) not null default now(),
  stop_requested boolean not null default false,
  worker text,
  lease_token uuid,
  lease_until timestamptz(3),
  finished_at timestamptz(3),
  verdict jsonb,
  primary key (tenant_id, id)
);
create index probe_waiting on probe (site, requested_at) where state = 'waiting';
create index probe_recent on probe (tenant_id, requested_at);

create table probe_line (
  tenant_id uuid not null,
  probe_id uuid not null,
  n integer not null,
  ms integer not null,
  kind text not null,
  text text not null,
  facts jsonb not null default '{}',
  primary key (tenant_id, probe_id, n),
  foreign key (tenant_id, probe_id) references probe (tenant_id, id) on delete cascade
);

-- Append-only: nobody changes what was written down. Rows go only with their tenant or by retention (the owner's function).
create function audit_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'audit rows are never changed';
end $$;
create trigger audit_no_update before update on audit for each row execute function audit_is_append_only();
create trigger platform_audit_no_update before update on platform_audit for each row execute function audit_is_append_only();
