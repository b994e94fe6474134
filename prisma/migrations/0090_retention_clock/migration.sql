-- The database's clock as retention saw it last: after a jump nothing is deleted until it has been steady for a day.
create table retention_clock (
  one boolean primary key default true check (one),
  seen_at timestamptz(3) not null,
  -- null: retention works; else when the jump was seen
  braked_at timestamptz(3),
  -- where the clock stood before the jump
  jumped_from timestamptz(3),
  steady_seconds double precision not null default 0
);
