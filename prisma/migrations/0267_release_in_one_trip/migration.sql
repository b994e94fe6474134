-- The end of a session with a mailbox, in one round trip: of a mailbox without news it was a third of all that the session asked. Steps
-- of their own, since each has to see what was committed while the one before it waited.
--
-- 'lost': another session has it, and nothing is written. 'outdated': saved while the session ran; what it found says nothing about the
-- mailbox as it is set now, so the comparing that a new source asks for, the count of failures, and what people read of them are left as
-- the save made them. Else 'written'. What a person did meanwhile stands: a pause, *Collect now* (an earlier due time).
create function worker_release_mailbox(p_tenant uuid, p_mailbox uuid, p_token uuid, p_version integer, p_stop_kind text,
  p_stop_reason text, p_due_at timestamptz, p_due_in double precision, p_result text, p_error text, p_reply text, p_collected integer,
  p_failures integer, p_failing_since timestamptz, p_told_stopped_at timestamptz, p_recheck boolean, p_listed integer,
  p_listed_bytes bigint, p_epoch text, p_certificate jsonb, p_facts jsonb, p_through boolean, p_worked_at timestamptz,
  p_leaving_stands boolean, p_notice text, p_notice_facts jsonb)
returns text language plpgsql as $$
begin
  -- Locked first: a save that is under way is waited for and seen by what follows, or waits and writes after it.
  perform 1 from mailbox_state s where s.tenant_id = p_tenant and s.mailbox_id = p_mailbox and s.lease_token = p_token for update;
  if not found then return 'lost'; end if;

  perform 1 from mailbox m where m.tenant_id = p_tenant and m.id = p_mailbox and m.version = p_version;
  if not found then
    update mailbox_state s set lease_token = null, lease_worker = null, lease_until = null, last_poll_at = now(),
      last_new = p_collected, due_at = case when s.state = 'active' then least(s.due_at, now()) end
    where s.tenant_id = p_tenant and s.mailbox_id = p_mailbox;
    return 'outdated';
  end if;

  update mailbox_state s set lease_token = null, lease_worker = null, lease_until = null,
    state = case when s.state = 'active' and p_stop_kind is not null then 'stopped' else s.state end,
    reason_kind = case when s.state = 'active' and p_stop_kind is not null then p_stop_kind else s.reason_kind end,
    reason = case when s.state = 'active' and p_stop_kind is not null then p_stop_reason else s.reason end,
    due_at = case when s.state <> 'active' or p_stop_kind is not null then null
      when s.due_at is distinct from p_due_at then least(s.due_at, now() + make_interval(secs => p_due_in))
      else now() + make_interval(secs => p_due_in) end,
    last_poll_at = now(), last_result = p_result, last_error = p_error, last_reply = p_reply, last_new = p_collected,
    failures = p_failures, failing_since = p_failing_since, told_stopped_at = p_told_stopped_at, recheck = p_recheck,
    listed = coalesce(p_listed, s.listed), listed_bytes = coalesce(p_listed_bytes, s.listed_bytes),
    epoch = coalesce(p_epoch, s.epoch), certificate = coalesce(p_certificate, s.certificate),
    facts = p_facts || case when p_leaving_stands and s.facts ? 'leaving' then '{"leaving": true}' else '{}' end::jsonb,
    restored_open = s.restored_open and not p_through, worked_at = coalesce(p_worked_at, s.worked_at),
    good_poll_at = case when p_worked_at is null then s.good_poll_at else now() end
  where s.tenant_id = p_tenant and s.mailbox_id = p_mailbox;
  if p_notice is not null then
    insert into notice (tenant_id, kind, cause, mailbox_id, facts)
    values (p_tenant, 'collecting', p_notice, p_mailbox, p_notice_facts);
  end if;
  return 'written';
end $$;
