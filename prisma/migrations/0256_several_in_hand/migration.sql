-- A connection that goes quickly takes several mails at once: what a claim costs (finding, locking, saying so at the slot) is shared by
-- them. `mail_id` is the one that it carries, `next_ids` those behind it, in their order; with the outcome of one the next moves up.
-- A worker of before leaves `next_ids` empty; what it doesn't find there of ours, the net under the slots does.
select migration_lock('lane_slot', 'access exclusive');
alter table lane_slot add column next_ids uuid[] not null default '{}';

-- Up to so many as there are tokens, in the order of their arrival, behind what the connection has in hand. The everyday case: a lane
-- that works and has no pace, and mails that are small and under no suspicion. Where it answers none, worker_claim_mail says why: one
-- at a time. What is asked and in which order it is locked is as there (migration 0255).
-- No recipients: nobody of the mail may be tried yet, and there is no attempt.
create function worker_claim_mails(p_tenant uuid, p_lane uuid, p_slot uuid, p_tokens uuid[], p_attempts uuid[], p_worker uuid,
  p_lease integer, p_name text)
returns table (n integer, id uuid, kind text, body_id uuid, prefix_length integer, canonical_hash bytea, sender text, subject text,
  size bigint, eight_bit boolean, one_by_one boolean, reroute_to text, reason_kind text, recipients jsonb)
language plpgsql as $$
#variable_conflict use_column
declare
  v_small constant integer := 32768;
  v_working double precision;
  v_ids uuid[];
  v_leased timestamptz;
  v_relayed text[];
  v_receivers jsonb;
begin
  -- `working`: as in domain/lane/clock.ts.
  select l.working_base + coalesce(greatest(0, c.running_seconds - l.working_since), 0) into v_working
  from lane_slot s join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
  left join site_clock c on c.site = l.site
  where s.tenant_id = p_tenant and s.exchange_id = p_lane and s.token = p_slot and s.lease_until > clock_timestamp()
    and s.settings_epoch = l.settings_epoch and l.state = 'closed' and l.pace_per_minute is null;
  if not found then return; end if;
  -- A mail under suspicion is being carried alone.
  perform 1 from lane_slot o join mail x on x.tenant_id = o.tenant_id and x.id = o.mail_id
  where o.tenant_id = p_tenant and o.exchange_id = p_lane and o.token <> p_slot and o.lease_until > now() and x.state = 'sending'
    and x.claims > 1 and x.dot_pending_at is null;
  if found then return; end if;

  select array_agg(c.id order by c.seq) into v_ids
  from (
    select f.id, f.seq, bool_and(f.claims = 0 and f.size <= v_small) over (order by f.seq) as fit
    from (
      select m.id, m.seq, m.claims, m.size from mail m
      where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at <= now()
      order by m.seq limit cardinality(p_tokens) for update skip locked) f) c
  where c.fit;
  if v_ids is null then return; end if;

  v_leased := clock_timestamp() + make_interval(secs => p_lease);
  update mail m set state = 'sending', lease_token = t.token, lease_worker = p_worker, lease_until = v_leased,
    attempts = m.attempts + 1, claims = m.claims + 1, dot_pending_at = null, clock_start = coalesce(m.clock_start, v_working, 0)
  from unnest(v_ids, p_tokens[:cardinality(v_ids)]) as t (id, token)
  -- The array finds them by their key, whatever the statistics say.
  where m.tenant_id = p_tenant and m.id = any (v_ids) and m.id = t.id;

  select array_agg(distinct split_part(lower(w.address), '@', 2)) into v_relayed from recipient w
  where w.tenant_id = p_tenant and w.place = 'waiting' and w.reason_kind = 'relay' and w.not_before > now();
  select jsonb_object_agg(g.mail_id, g.people) into v_receivers
  from (
    select f.mail_id, jsonb_agg(jsonb_build_object('id', f.id, 'address', f.address, 'rerouted', f.rerouted,
      'reasonKind', f.reason_kind) order by f.address) as people
    from (
      select r.mail_id, r.id, r.address, r.rerouted, r.reason_kind from recipient r
      where r.tenant_id = p_tenant and r.mail_id = any (v_ids) and r.place = 'waiting'
        and (r.not_before is null or r.not_before <= now())
        and (v_relayed is null or split_part(lower(r.address), '@', 2) <> all (v_relayed))
      for no key update of r skip locked) f
    group by f.mail_id) g;
  insert into attempt (tenant_id, id, mail_id, number, worker)
  select p_tenant, t.attempt, t.id, 1 + coalesce((select max(a.number) from attempt a
    where a.tenant_id = p_tenant and a.mail_id = t.id), 0), p_name
  from unnest(v_ids, p_attempts[:cardinality(v_ids)]) as t (id, attempt)
  where v_receivers ? t.id::text;
  -- Once more, now that the mails are locked: settings that were saved meanwhile wait for them, or they were passed over. Last, since
  -- the outcome of the mail that the connection carries waits for this row, and with it what others say in the same round.
  update lane_slot s set mail_id = coalesce(s.mail_id, v_ids[1]), lease_until = greatest(s.lease_until, v_leased),
    next_ids = case when s.mail_id is null then v_ids[2:] else s.next_ids || v_ids end
  from lane l
  where s.tenant_id = p_tenant and s.exchange_id = p_lane and s.token = p_slot and s.lease_until > clock_timestamp()
    and l.tenant_id = p_tenant and l.exchange_id = p_lane and s.settings_epoch = l.settings_epoch
    and l.state = 'closed' and l.pace_per_minute is null;
  -- Nothing of this has happened then.
  if not found then raise exception 'the connection may take no mail now' using errcode = 'MF001'; end if;
  return query
    select array_position(v_ids, m.id), m.id, m.kind, m.body_id, b.prefix_length, b.canonical_hash, m.sender, m.subject, m.size,
      b.eight_bit, m.one_by_one, m.reroute_to, m.reason_kind, coalesce(v_receivers -> m.id::text, '[]')
    from mail m join body b on b.tenant_id = m.tenant_id and b.id = m.body_id
    where m.tenant_id = p_tenant and m.id = any (v_ids) order by m.seq;
end $$;

-- What the connections of a worker have to say at the same moment, in one round trip and one commit: mails that were taken whole, and
-- mails that come to their dots. It answers those that it wrote, each as 'taken' or 'marked'. Of a mail that was claimed with others
-- before it: 'later', where the outcome of the one before it is not written, so that no connection has two mails of which nobody knows;
-- and 'stopped', where its server was paused, stopped or changed since.
--
-- What it does of each, and of which it leaves everything as it is, is as in worker_mails_taken and worker_mark_dots (migrations 0230
-- and 0231); new is that the next mail in hand moves up.
create function worker_carry(p_taken jsonb, p_marks jsonb) returns table (mail uuid, what text) language plpgsql as $$
#variable_conflict use_column
declare
  one record;
  v_carried uuid;
begin
  for one in
    select * from jsonb_to_recordset(p_taken) as x(tenant uuid, lane uuid, slot uuid, mail uuid, token uuid, attempt uuid,
      ids uuid[], code int, enhanced text, words text, server text, tls text, recipients jsonb, talk jsonb, events text[])
  loop
    perform 1 from mail m
    where m.tenant_id = one.tenant and m.id = one.mail and m.state = 'sending' and m.lease_token = one.token
    for update skip locked;
    continue when not found;
    perform 1 from lane l
    where l.tenant_id = one.tenant and l.exchange_id = one.lane and l.state = 'closed' and l.refusal_key is null
      and l.cut_mail_id is null and l.cap_raise_at is null and l.unreachable_since is null
      and l.last_accepted_at > now() - interval '5 seconds';
    continue when not found;
    -- These are all of its recipients, and each of them waits: then it is delivered as a whole.
    continue when exists (
      select 1 from recipient r where r.tenant_id = one.tenant and r.mail_id = one.mail and r.id <> all (one.ids));
    continue when cardinality(one.ids) <> (select count(*) from (
      select 1 from recipient r where r.tenant_id = one.tenant and r.mail_id = one.mail and r.place = 'waiting'
      for update skip locked) w);

    update recipient r set place = 'delivered', not_before = null, reason_kind = null, reason = null, reply_stage = 'dot',
      reply_code = one.code, reply_enhanced = one.enhanced, reply_text = one.words, reply_class = null, reply_rule = null,
      decided_at = now()
    where r.tenant_id = one.tenant and r.mail_id = one.mail;
    update attempt a set ended_at = now(), outcome = 'accepted', reply_stage = 'dot', reply_code = one.code,
      reply_enhanced = one.enhanced, reply_text = one.words, server = one.server, tls = one.tls, recipients = one.recipients,
      conversation = one.talk
    where a.tenant_id = one.tenant and a.id = one.attempt;
    update mail m set place = 'delivered', state = 'settled', settled_at = coalesce(m.settled_at, now()), lease_token = null,
      lease_worker = null, lease_until = null, dot_pending_at = null, claims = 0, reason_kind = null, reason = null,
      next_attempt_at = now()
    where m.tenant_id = one.tenant and m.id = one.mail;
    update lane_slot s set mail_id = case when s.mail_id = one.mail then s.next_ids[1] else s.mail_id end,
      next_ids = case when s.mail_id = one.mail then s.next_ids[2:] else array_remove(s.next_ids, one.mail) end
    where s.tenant_id = one.tenant and s.exchange_id = one.lane and s.token = one.slot;
    insert into mail_event (tenant_id, mail_id, kind, text)
    select one.tenant, one.mail, 'delivered', e.text from unnest(one.events) with ordinality as e(text, n) order by e.n;
    mail := one.mail;
    what := 'taken';
    return next;
  end loop;

  for one in
    select * from jsonb_to_recordset(p_marks) as x(tenant uuid, lane uuid, slot uuid, mail uuid, token uuid, attempt uuid,
      ids uuid[], lease int, behind boolean)
  loop
    perform 1 from mail m
    where m.tenant_id = one.tenant and m.id = one.mail and m.lease_token = one.token and m.state = 'sending'
    for update skip locked;
    continue when not found;
    continue when exists (select 1 from recipient r where r.tenant_id = one.tenant and r.mail_id = one.mail
      and r.id = any (one.ids) and r.place <> 'waiting');
    mail := one.mail;
    -- Of one that was claimed alone, or first, the claim itself has seen it.
    if one.behind then
      select s.mail_id into v_carried from lane_slot s join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
      where s.tenant_id = one.tenant and s.exchange_id = one.lane and s.token = one.slot
        and s.settings_epoch = l.settings_epoch and l.state = 'closed' and l.pace_per_minute is null;
      what := case when not found then 'stopped' when v_carried is distinct from one.mail then 'later' end;
      if what is not null then
        return next;
        continue;
      end if;
    end if;
    update mail m set dot_pending_at = now(),
      lease_until = case when m.lease_until > now() + make_interval(secs => one.lease * 0.75) then m.lease_until
        else now() + make_interval(secs => one.lease) end
    where m.tenant_id = one.tenant and m.id = one.mail;
    update attempt a set dot_pending_at = now() where a.tenant_id = one.tenant and a.id = one.attempt;
    update lane_slot s set lease_until = now() + make_interval(secs => one.lease)
    where s.tenant_id = one.tenant and s.exchange_id = one.lane and s.token = one.slot
      and s.lease_until <= now() + make_interval(secs => one.lease * 0.75);
    what := 'marked';
    return next;
  end loop;
end $$;
