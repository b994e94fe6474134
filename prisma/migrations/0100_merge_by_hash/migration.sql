-- Copies are found by the hash of their Message-ID: that text comes from the network, and a B-tree takes no row over 2,704
-- bytes. The text itself is compared beside it.
create index mail_copies on mail (tenant_id, hashtextextended(message_id, 0)) where message_id <> '' and kind = 'collected';
drop index mail_merge;
