-- The indexes of 0260 on what may be large, made while workers go on. What a broken-off try left is made anew.
drop index concurrently if exists mailbox_leased;
create index concurrently mailbox_leased on mailbox_state (tenant_id) where lease_token is not null;
drop index concurrently if exists mailbox_failing;
create index concurrently mailbox_failing on mailbox_state (due_at) where last_result in ('refused', 'unreachable', 'error');
drop index concurrently if exists identity_closed;
create index concurrently identity_closed on identity (tenant_id, closed_at)
  where state = 'closed' and (canonical_hash is not null or header_hash is null);
