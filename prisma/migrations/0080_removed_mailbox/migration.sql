-- A removed mailbox keeps its identities: when a mailbox with the same source is made again it gets the old id back, so
-- that mail which is still at the provider is not collected a second time.
alter table identity drop constraint identity_tenant_id_mailbox_id_fkey;
alter table identity add foreign key (tenant_id) references tenant (id) on delete cascade;

create table removed_mailbox (
  tenant_id uuid not null references tenant (id) on delete cascade,
  mailbox_id uuid not null,
  source text not null,
  name text not null,
  removed_at timestamptz(3) not null default now(),
  primary key (tenant_id, mailbox_id)
);
create unique index removed_mailbox_source on removed_mailbox (tenant_id, source);
