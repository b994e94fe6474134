-- The index of 0265 on what may be large, made while workers go on. What a broken-off try left is made anew.
drop index concurrently if exists mailbox_turn;
create index concurrently mailbox_turn on mailbox_state (site, tenant_id, due_at) where state = 'active';
