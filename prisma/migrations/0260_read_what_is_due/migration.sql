-- A step reads what it is about, and not all that there is of its kind: with 10,000 tenants the latter is what a worker does all day.
-- Where `beside.sql` has made them already there is nothing left to do.

-- Who is being collected just now, for the turns that tenants take. It was counted anew for each mailbox that is due. By tenant, and
-- not by time: a lease that is renewed stays where it is.
create index if not exists mailbox_leased on mailbox_state (tenant_id) where lease_token is not null;

-- Tenants whose mailboxes are due and not collected: few, where those that are collected are thousands.
create index if not exists tenant_away on tenant (id) where state <> 'active';

-- Mailboxes that fail, for incidents: each failed poll went through all mailboxes to find those of its host.
create index if not exists mailbox_failing on mailbox_state (due_at) where last_result in ('refused', 'unreachable', 'error');

-- Lanes that are down: every worker asks every five seconds.
create index if not exists lane_down on lane (site) where state in ('open', 'half-open');

-- Alerts whose good end is still to be told, and those that ended before anybody was told: asked for every five seconds too, among
-- all of 90 days. The open ones have alert_open.
create index if not exists alert_over on alert (raised_at)
  where resolved_at is not null and told_at is not null and resolved_told_at is null;
create index if not exists alert_untold on alert (resolved_at) where resolved_at is not null and told_at is null;
-- When the last incident of a host was over: asked at each failed poll.
create index if not exists alert_provider on alert (cause, resolved_at) where kind = 'provider';

-- Tests that were stopped before they began, and may have left a password.
create index if not exists probe_stopped on probe (tenant_id, id) where state = 'stopped' and lease_token is null;

-- Identities that may be forgotten, the oldest first. There is one of each mail of 90 days, and each round of tidy read all of them.
-- Without what `start` left out, which stays for ever (domain/retention/mail.ts).
create index if not exists identity_closed on identity (tenant_id, closed_at)
  where state = 'closed' and (canonical_hash is not null or header_hash is null);
