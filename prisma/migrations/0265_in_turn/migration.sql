-- Whose turn it is, found without reading everybody.
-- Where `beside.sql` has made the index already it is not made again. Both tables at once, or neither: what locks one of them reads the other.
select migration_lock('tenant, mailbox_state', 'access exclusive');

-- The mailbox of each tenant that is due first, tenant by tenant: when thousands of one tenant's are due before anybody else's, a claim
-- asks the other tenants as well, and only some of them at a time.
create index if not exists mailbox_turn on mailbox_state (site, tenant_id, due_at) where state = 'active';

-- When a tenant is to be tidied next. Each worker went through all of them in each of its rounds; now one takes the tenants that are due,
-- and they are due again for all workers together.
alter table tenant add column tidy_due_at timestamptz(3) not null default 'epoch';
create index tenant_tidy on tenant (site, tidy_due_at);
