-- How much room the database has, by those workers that can see it. While one of them says "paused", and said so lately,
-- no worker collects.
create table space_reading (
  -- disk: the one that the database lies on; limit: the size that it may have
  kind text not null check (kind in ('disk', 'limit')),
  watcher text not null,
  seen text not null,
  paused boolean not null,
  since timestamptz(3) not null default now(),
  read_at timestamptz(3) not null default now(),
  primary key (kind, watcher)
);
