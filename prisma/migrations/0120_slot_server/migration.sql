-- Which server a connection goes to (host:port): after a change of settings one that still waits for an answer counts towards
-- the cap of its own server only. Empty: opened by a version that didn't say, and counted.
alter table lane_slot add column server text not null default '';
