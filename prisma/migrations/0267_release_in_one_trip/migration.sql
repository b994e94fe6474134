-- The end of a session with a mailbox, in one round trip: of a mailbox without news it was a third of all that the session asked. Steps
-- of their own, since each has to see what was committed while the one before it waited.
--
-- 'lost': another session has it, and nothing is written. 'outdated': saved while the session ran; what it found says nothing about the
-- mailbox as it is set now, so the comparing that a new source asks for, the count of failures, and what people read of them are left as
-- the save made them. Else 'written'. What a person did meanwhile stands: a pause, *Collect now* (an earlier due time).
create function worker_release_mailbox(p_tenant uuid, p_mailbox uuid, p_token uuid, p_version integer, p_release jsonb, p_notice jsonb)
returns text language plpgsql as $$
declare
  r record;
begin
  -- Locked first: a save that is under way is waited for and seen by what follows, or waits and writes after it.
  perform 1 from mailbox_state s where s.tenant_id = p_tenant and s.mailbox_id = p_mailbox and s.lease_token = p_token for update;
  if not found then return 'lost'; end if;
  select * into r from jsonb_to_record(p_release) as x(stop_kind text, stop_reason text, due_at timestamptz, due_in double precision,
    result text, error text, reply text, collected int, failures int, failing_since timestamptz, told_stopped_at timestamptz,
    recheck boolean, listed int, listed_bytes bigint, epoch text, certificate jsonb, facts jsonb, through boolean,
    worked_at timestamptz, leaving_stands boolean);

  perform 1 from mailbox m where m.tenant_id = p_tenant and m.id = p_mailbox and m.version = p_version;
  if not found then
    update mailbox_state s set lease_token = null, lease_worker = null, lease_until = null, last_poll_at = now(),
      last_new = r.collected, due_at = case when s.state = 'active' then least(s.due_at, now()) end
    where s.tenant_id = p_tenant and s.mailbox_id = p_mailbox;
    return 'outdated';
  end if;

  update mailbox_state s set lease_token = null, lease_worker = null, lease_until = null,
    state = case when s.state = 'active' and r.stop_kind is not null then 'stopped' else s.state end,
    reason_kind = case when s.state = 'active' and r.stop_kind is not null then r.stop_kind else s.reason_kind end,
    reason = case when s.state = 'active' and r.stop_kind is not null then r.stop_reason else s.reason end,
    due_at = case when s.state <> 'active' or r.stop_kind is not null then null
      when s.due_at is distinct from r.due_at then least(s.due_at, now() + make_interval(secs => r.due_in))
      else now() + make_interval(secs => r.due_in) end,
    last_poll_at = now(), last_result = r.result, last_error = r.error, last_reply = r.reply, last_new = r.collected,
    failures = r.failures, failing_since = r.failing_since, told_stopped_at = r.told_stopped_at, recheck = r.recheck,
    listed = coalesce(r.listed, s.listed), listed_bytes = coalesce(r.listed_bytes, s.listed_bytes),
    epoch = coalesce(r.epoch, s.epoch), certificate = coalesce(r.certificate, s.certificate),
    facts = r.facts || case when r.leaving_stands and s.facts ? 'leaving' then '{"leaving": true}' else '{}' end::jsonb,
    restored_open = s.restored_open and not r.through, worked_at = coalesce(r.worked_at, s.worked_at),
    good_poll_at = case when r.worked_at is null then s.good_poll_at else now() end
  where s.tenant_id = p_tenant and s.mailbox_id = p_mailbox;
  if p_notice is not null then
    insert into notice (tenant_id, kind, cause, mailbox_id, facts)
    values (p_tenant, 'collecting', p_notice ->> 'cause', p_mailbox, p_notice -> 'facts');
  end if;
  return 'written';
end $$;
