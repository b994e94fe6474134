-- What takes long on many bodies, made while workers go on: the index of 0266, and the column that it is about. What a broken-off try left
-- is made anew.
do $$ begin perform migration_lock('body', 'access exclusive'); alter table body add column if not exists needed_at timestamptz(3); end $$;
drop index concurrently if exists body_due;
create index concurrently body_due on body (tenant_id, (coalesce(needed_at, created_at))) where complete and erased_at is null;
