-- Notices that are on their way, so that what became of them is found without reading all.
create index notice_queued on notice (tenant_id, sent_mail_id) where state = 'queued';

-- An alert is sent by one worker at a time, and tried again after a while when the provider's server refuses it.
alter table alert add column claimed_until timestamptz(3);

-- Audit rows go after two years and not a day sooner, whatever the worker asks for.
create function worker_tidy_audit(p_before timestamptz, p_limit integer) returns integer
language plpgsql security definer set search_path = public as $$
declare gone integer;
begin
  with old as (
    select tenant_id, id from audit where at < least(p_before, now() - interval '2 years')
    order by tenant_id, id limit least(p_limit, 10000))
  delete from audit a using old where a.tenant_id = old.tenant_id and a.id = old.id;
  get diagnostics gone = row_count;
  return gone;
end $$;
create index audit_at on audit (at);

create index mail_settled on mail (tenant_id, settled_at) where state = 'settled';
create index probe_lease on probe (lease_until) where state = 'running';
-- Bodies that are still there, without those that retention erased.
create index body_kept on body (tenant_id) where complete and erased_at is null;
