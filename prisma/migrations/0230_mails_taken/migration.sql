-- The everyday outcome: a mail that is ours is taken for all of its recipients, by a lane without a history. In one round trip
-- and one commit for as many mails as were answered just now, instead of ten statements for each.
--
-- It answers the mails that it wrote. Of another it leaves everything as it is: domain/message/outcome.ts then writes it under
-- the lane's lock, which this one does without, since it touches neither the lane nor another mail. Nor does it wait for who
-- else has a mail at hand (skip locked): nobody's mail is held up by another's.
--
-- A function and not one statement: what it asks after it has locked a mail has to see what was committed before the lock, such
-- as a recipient that a person added. Within one statement all that is read is as old as its beginning.
create function worker_mails_taken(p_mails jsonb) returns setof uuid language plpgsql as $$
declare
  one record;
begin
  for one in
    select * from jsonb_to_recordset(p_mails) as x(tenant uuid, lane uuid, slot uuid, mail uuid, token uuid, attempt uuid,
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
    update lane_slot s set mail_id = null
    where s.tenant_id = one.tenant and s.exchange_id = one.lane and s.token = one.slot;
    insert into mail_event (tenant_id, mail_id, kind, text)
    select one.tenant, one.mail, 'delivered', e.text from unnest(one.events) with ordinality as e(text, n) order by e.n;
    return next one.mail;
  end loop;
end $$;
