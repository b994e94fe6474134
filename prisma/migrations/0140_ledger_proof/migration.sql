-- What the ledger job proved of each tenant last, and how far through its stored bytes it came.
create table ledger_proof (
  tenant_id uuid primary key references tenant (id) on delete cascade,
  sum_at timestamptz(3),
  sum_holds boolean not null default true,
  due_at timestamptz(3) not null default now(),
  bytes_at timestamptz(3),
  bodies integer not null default 0,
  octets bigint not null default 0,
  reached bigint not null default 0,
  round_began_at timestamptz(3),
  all_since timestamptz(3)
);
create index ledger_proof_due on ledger_proof (due_at);

-- Bodies that were read back and found wrong. The body and its mail are not touched; the row goes when they are right again.
create table body_fault (
  tenant_id uuid not null,
  body_id uuid not null,
  why text not null check (why in ('erased', 'incomplete', 'length', 'changed', 'unreadable')),
  octets bigint not null default 0,
  found_at timestamptz(3) not null,
  checked_at timestamptz(3) not null,
  primary key (tenant_id, body_id),
  foreign key (tenant_id, body_id) references body (tenant_id, id) on delete cascade
);
