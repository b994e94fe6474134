-- Deleted bodies are room again only once a vacuum found them, and collecting that is paused for want of room waits for it. By
-- default one comes when a fifth of a table is dead: days of deleting, where a hundredth may be enough to go on. Octets lie
-- beside the row (TOAST, a table of its own with its own settings) but for pieces below 2 KB, which lie in it: so both.
alter table body_chunk set (autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_scale_factor = 0.02);
