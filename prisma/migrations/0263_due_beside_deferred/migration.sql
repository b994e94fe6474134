-- What is due among mail that waits for its next attempt. Order of arrival has an index (mail_order), and so has what is due
-- (mail_claim), but no index has both: by the first a claim walked past every mail that is deferred, 20,000 where a server is full.
--
-- As long as fewer than 64 are deferred they are walked past: in the order of arrival, as before. Beside more it is those 64 that have
-- been due for longest, in the order of arrival. Where fewer are due, that is the same. Where more are, mail that others passed while
-- it was deferred goes in its turn among those that are due, and not before all of them. Mail that was never deferred is due since it
-- was routed, and a mailbox's mail is routed in the order of its arrival: of such mail none passes another, whichever way is gone.

-- Those that have been due for longest. By the index, whatever the statistics say: a queue grows faster than they do, and where few were
-- due a while ago, all would be read and sorted now.
create function worker_longest_due(p_tenant uuid, p_lane uuid)
returns table (id uuid, seq bigint, next_attempt_at timestamptz, claims integer, reason_kind text)
language plpgsql stable set enable_sort = off as $$
#variable_conflict use_column
begin
  return query
    select m.id, m.seq, m.next_attempt_at, m.claims, m.reason_kind from mail m
    where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at <= now()
    order by m.next_attempt_at, m.seq limit 64;
end $$;

-- Locks what it answers, and passes by what others have locked; where that is all 64, those behind them go, in the order in which they
-- came due.
create function worker_due_mails(p_tenant uuid, p_lane uuid, p_most integer)
returns table (id uuid, seq bigint, claims integer, size bigint) language plpgsql set enable_sort = off as $$
#variable_conflict use_column
declare
  v_next uuid;
  v_taken integer := 0;
begin
  perform 1 from mail m
  where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at > now()
  order by m.next_attempt_at offset 63 limit 1;
  if not found then
    return query
      select m.id, m.seq, m.claims, m.size from mail m
      where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at <= now()
      order by m.seq limit p_most for update skip locked;
    return;
  end if;
  -- One by one, so that no more are locked and looked up by their key than are taken.
  for v_next in
    select w.id from worker_longest_due(p_tenant, p_lane) w order by w.seq
  loop
    return query
      select m.id, m.seq, m.claims, m.size from mail m
      where m.tenant_id = p_tenant and m.id = v_next and m.state = 'ready' and m.next_attempt_at <= now()
      for update skip locked;
    if found then v_taken := v_taken + 1; end if;
    exit when v_taken = p_most;
  end loop;
  if v_taken = 0 then
    return query
      select m.id, m.seq, m.claims, m.size from mail m
      where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at <= now()
      order by m.next_attempt_at, m.seq limit p_most for update skip locked;
  end if;
end $$;

-- How often the next one was claimed without a word since: by the same rule, without its locks. Null: none is due.
create function worker_next_claims(p_tenant uuid, p_lane uuid) returns integer language plpgsql stable set enable_sort = off as $$
begin
  perform 1 from mail m
  where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at > now()
  order by m.next_attempt_at offset 63 limit 1;
  if not found then
    return (select m.claims from mail m
      where m.tenant_id = p_tenant and m.exchange_id = p_lane and m.state = 'ready' and m.next_attempt_at <= now()
      order by m.seq limit 1);
  end if;
  return (select w.claims from worker_longest_due(p_tenant, p_lane) w order by w.seq limit 1);
end $$;

-- As in migration 0255, which says why it is as it is; new is how the next mail is found, and that only a lane at a pace asks whether
-- anything is due before it is locked.
create or replace function worker_claim_mail(p_tenant uuid, p_lane uuid, p_slot uuid, p_token uuid, p_worker uuid, p_lease integer,
  p_attempt uuid, p_name text, p_probing boolean)
returns table (id uuid, kind text, body_id uuid, prefix_length integer, canonical_hash bytea, sender text, subject text, size bigint,
  eight_bit boolean, one_by_one boolean, reroute_to text, reason_kind text, spent_until text, recipients jsonb, bytes bytea)
language plpgsql as $$
#variable_conflict use_column
declare
  -- A row leaves before its locks do, so a worker that stands still must be able to take it whole: what sockets hold, in hexadecimal.
  v_small constant integer := 32768;
  v_paced boolean;
  v_lane record;
  v_next uuid;
  v_chosen record;
  v_leased timestamptz;
  v_taken mail%rowtype;
  v_spent text;
  v_receivers jsonb;
  v_bytes bytea;
begin
  -- A lane at a pace is locked before its mail, as everybody who locks both does; of two connections the second then sees the first
  -- one's time, and who waited here while the lane was paused, stopped or given other settings takes nothing.
  perform 1 from lane l
  where l.tenant_id = p_tenant and l.exchange_id = p_lane and l.pace_per_minute is not null
    and l.state in ('closed', 'half-open') and (l.pace_next_at is null or l.pace_next_at <= now())
    and exists (select 1 from lane_slot s where s.tenant_id = p_tenant and s.exchange_id = p_lane and s.token = p_slot
      and s.settings_epoch = l.settings_epoch)
    -- Asked last, since it is about the lane that was found, and by the index of what is due.
    and (select m.next_attempt_at from mail m where m.tenant_id = l.tenant_id and m.exchange_id = l.exchange_id and m.state = 'ready'
      order by m.next_attempt_at limit 1) <= now()
  for no key update of l;
  v_paced := found;
  -- `working`: as in domain/lane/clock.ts.
  select l.working_base + coalesce(greatest(0, c.running_seconds - l.working_since), 0) as working, l.cut_mail_id into v_lane
  from lane_slot s join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
  left join site_clock c on c.site = l.site
  where s.tenant_id = p_tenant and s.exchange_id = p_lane and s.token = p_slot and s.lease_until > clock_timestamp()
    and s.settings_epoch = l.settings_epoch and (l.state = 'closed' or (l.state = 'half-open' and s.probe))
    and (l.pace_per_minute is null or v_paced);
  if not found then return; end if;

  -- A probe takes another mail than the one that ended the last connection, or two that end each one would keep a server that works
  -- stopped for ever. Who was tried waits anew, so it is enough to look at those that have been due for longest.
  if p_probing then
    for v_next in
      select w.id from worker_longest_due(p_tenant, p_lane) w
      order by (w.reason_kind is not distinct from 'cut'), (w.id is not distinct from v_lane.cut_mail_id), w.next_attempt_at, w.seq
    loop
      select m.id, m.claims into v_chosen from mail m
      where m.tenant_id = p_tenant and m.id = v_next and m.state = 'ready' and m.next_attempt_at <= now() for update skip locked;
      exit when found;
    end loop;
  else
    select d.id, d.claims into v_chosen from worker_due_mails(p_tenant, p_lane, 1) d;
  end if;
  if v_chosen is null then return; end if;

  -- A worker ended without a word while it carried a mail, and with it all that went beside: any of them may have been the reason. So
  -- such a mail is carried alone in its lane the next times, up to its dot, and what only stood beside is cleared. What is behind its
  -- dot is given a moment to get its answer: else each death would cost it one, and the third holds it.
  perform 1 from lane_slot o join mail x on x.tenant_id = o.tenant_id and x.id = o.mail_id
  where o.tenant_id = p_tenant and o.exchange_id = p_lane and o.token <> p_slot and o.lease_until > now() and x.state = 'sending'
    and (x.dot_pending_at is null and (v_chosen.claims > 0 or x.claims > 1)
      or v_chosen.claims > 0 and x.dot_pending_at > now() - interval '10 seconds');
  if found then return; end if;

  -- Once more, now that the mail is locked: settings that were saved meanwhile wait for it, or it was passed over.
  v_leased := clock_timestamp() + make_interval(secs => p_lease);
  update lane_slot s set mail_id = v_chosen.id, lease_until = greatest(s.lease_until, v_leased) from lane l
  where s.tenant_id = p_tenant and s.exchange_id = p_lane and s.token = p_slot and s.lease_until > clock_timestamp()
    and l.tenant_id = p_tenant and l.exchange_id = p_lane and s.settings_epoch = l.settings_epoch
    and (l.state = 'closed' or (l.state = 'half-open' and s.probe)) and (l.pace_per_minute is null or v_paced);
  if not found then return; end if;
  update mail m set state = 'sending', lease_token = p_token, lease_worker = p_worker, lease_until = v_leased,
    attempts = m.attempts + 1, claims = m.claims + 1, dot_pending_at = null, clock_start = coalesce(m.clock_start, v_lane.working, 0)
  where m.tenant_id = p_tenant and m.id = v_chosen.id returning m.* into v_taken;
  -- An interval is spent only on a mail that was taken.
  if v_paced then
    update lane l set pace_next_at = clock_timestamp() + make_interval(secs => 60.0 / l.pace_per_minute)
    where l.tenant_id = p_tenant and l.exchange_id = p_lane and l.pace_per_minute is not null
    returning l.pace_next_at::text into v_spent;
  end if;

  -- Those that still wait and may be tried now; a domain that this server does not relay for waits as a whole. Locked, so that they are
  -- read as they were last committed. (`for key share` would not do: it takes the old row of one that was changed.) Who is being
  -- changed just now goes with the next attempt.
  select jsonb_agg(jsonb_build_object('id', f.id, 'address', f.address, 'rerouted', f.rerouted, 'reasonKind', f.reason_kind)
    order by f.address) into v_receivers
  from (
    select r.id, r.address, r.rerouted, r.reason_kind from recipient r
    where r.tenant_id = p_tenant and r.mail_id = v_taken.id and r.place = 'waiting' and (r.not_before is null or r.not_before <= now())
      and not exists (select 1 from recipient w where w.tenant_id = p_tenant and w.place = 'waiting' and w.reason_kind = 'relay'
        and w.not_before > now() and split_part(lower(w.address), '@', 2) = split_part(lower(r.address), '@', 2))
    for no key update of r skip locked) f;
  if v_receivers is not null then
    insert into attempt (tenant_id, id, mail_id, number, worker)
    select p_tenant, p_attempt, v_taken.id, 1 + coalesce(max(a.number), 0), p_name from attempt a
    where a.tenant_id = p_tenant and a.mail_id = v_taken.id;
    -- Of bytes that can't be read (a damaged disk) the mail itself is told when it is sent: the lane is not held up by it. Put together
    -- with nothing, they are read here and not on their way out.
    if not v_paced and v_taken.size <= v_small then
      begin
        select c.data || '' into v_bytes from body b join body_chunk c on c.tenant_id = p_tenant and c.body_id = b.id and c.n = 0
        where b.tenant_id = p_tenant and b.id = v_taken.body_id and b.complete and b.erased_at is null and b.canonical_hash is not null
          and b.size = octet_length(c.data) and b.size <= v_small;
      exception when data_corrupted or index_corrupted or internal_error or io_error then
        v_bytes := null;
      end;
    end if;
  end if;
  return query
    select v_taken.id, v_taken.kind, v_taken.body_id, b.prefix_length, b.canonical_hash, v_taken.sender, v_taken.subject, v_taken.size,
      b.eight_bit, v_taken.one_by_one, v_taken.reroute_to, v_taken.reason_kind, v_spent, coalesce(v_receivers, '[]'), v_bytes
    from body b where b.tenant_id = p_tenant and b.id = v_taken.body_id;
end $$;

-- As in migration 0256; new is how the next mails are found.
create or replace function worker_claim_mails(p_tenant uuid, p_lane uuid, p_slot uuid, p_tokens uuid[], p_attempts uuid[], p_worker uuid,
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
    from worker_due_mails(p_tenant, p_lane, cardinality(p_tokens)) f) c
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
