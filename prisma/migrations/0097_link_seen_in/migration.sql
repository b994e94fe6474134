-- Whoever makes a one-time link sees it, and could use it in the person's place. So a link that an administrator of a tenant
-- made names that tenant, and so does a password that was set by it: it is good for that tenant only. No foreign key: the
-- name has to outlive the tenant.
alter table one_time_link add column seen_in uuid;
alter table person add column password_seen_in uuid;
