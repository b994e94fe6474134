-- Who is told beside the postmaster, by kind of notice.
create table notice_receiver (
  tenant_id uuid not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  address text not null,
  kinds text[] not null check (cardinality(kinds) > 0),
  created_at timestamptz(3) not null default now(),
  primary key (tenant_id, id),
  unique (tenant_id, address)
);
-- For the page that shows what became of notices.
create index notice_sent on notice (tenant_id, created_at desc) where sent_mail_id is not null;
