-- What `start` left out is known by the hash of its headers for ever, also after it vanished from a listing.
create index identity_left_out on identity (tenant_id, mailbox_id, header_hash) where canonical_hash is null;
