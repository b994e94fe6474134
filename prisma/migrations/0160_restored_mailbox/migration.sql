-- After a restore: what a mailbox showed then and the database doesn't know may have been delivered between the backup and
-- the disaster, and is marked when it is collected again. `restored_open` until a session has collected all of it.
alter table mailbox_state
  add column restored_from timestamptz(3),
  add column restored_at timestamptz(3),
  add column restored_open boolean not null default false;
