-- Delivering: a slot says which mail it carries (so that a dead worker's mail is found through this small table alone) and
-- whether it is the one probe of a half-open lane; mail of a lane is claimed in the order of its arrival.
alter table lane_slot add column mail_id uuid;
alter table lane_slot add column probe boolean not null default false;
create index lane_slot_lease on lane_slot (lease_until);
create index mail_order on mail (tenant_id, exchange_id, seq) where state = 'ready';
