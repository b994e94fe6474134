-- Rules are edited in the portal: two people who edit the same one are told so by its version.
alter table rule
  add column version integer not null default 1,
  add column updated_by text not null default '',
  add column updated_at timestamptz(3) not null default now();
