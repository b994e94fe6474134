-- How a lane's server greets each worker, which tells the address it sees: Exchange is prepared for each of them. A row
-- counts while its settings_epoch is the lane's: after a change of the settings another server may answer.
create table lane_greeting (
  tenant_id uuid not null,
  exchange_id uuid not null,
  worker text not null,
  greets_us text not null,
  settings_epoch integer not null,
  seen_at timestamptz(3) not null default now(),
  primary key (tenant_id, exchange_id, worker),
  foreign key (tenant_id, exchange_id) references lane (tenant_id, exchange_id) on delete cascade
);
