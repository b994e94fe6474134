-- One worker may serve several sites: its key is known for each of them.
alter table site_key drop constraint site_key_pkey;
alter table site_key add primary key (site, key_id);
