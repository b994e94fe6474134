-- What the settings pages need beyond their own tenant: whether another tenant of this site names the same server.
-- It answers yes or no for the tenant of the context, and tells nothing about whose server it is.
create function portal_same_server(wanted_host text, wanted_port integer) returns boolean
language sql stable security definer set search_path = public as $$
  select exists (
    select 1 from exchange e
    join tenant theirs on theirs.id = e.tenant_id and theirs.state = 'active'
    join tenant ours on ours.id = current_setting('mailferry.tenant')::uuid and ours.site = theirs.site
    where e.tenant_id <> ours.id and e.host = lower(wanted_host) and e.port = wanted_port)
$$;

-- "Collect these too": a mail that `start` left out, asked for by a person. It stays `skipped` until it is collected.
alter table identity add column wanted_at timestamptz(3);
create index identity_wanted on identity (tenant_id, mailbox_id) where wanted_at is not null;
