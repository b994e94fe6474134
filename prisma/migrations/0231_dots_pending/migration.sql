-- The mark before the final dot, for as many mails as are at their dot just now, in one commit. It answers those that it marked:
-- ours still, and nobody of theirs has it already. Of the others, those that somebody else has at hand (skip locked: nobody's mail
-- is held up by another's), are asked for alone, as is whoever wants to know that a lease is over.
--
-- A lease is renewed by its connection three times in its length. Here only when a quarter of it is gone: `lease_until` stands in
-- indexes, and a row whose indexed columns stay is changed in its page alone.
create function worker_mark_dots(p_mails jsonb) returns setof uuid language plpgsql as $$
declare
  one record;
begin
  for one in
    select * from jsonb_to_recordset(p_mails) as x(tenant uuid, lane uuid, slot uuid, mail uuid, token uuid, attempt uuid,
      ids uuid[], lease int)
  loop
    perform 1 from mail m
    where m.tenant_id = one.tenant and m.id = one.mail and m.lease_token = one.token and m.state = 'sending'
    for update skip locked;
    continue when not found;
    continue when exists (select 1 from recipient r where r.tenant_id = one.tenant and r.mail_id = one.mail
      and r.id = any (one.ids) and r.place <> 'waiting');
    update mail m set dot_pending_at = now(),
      lease_until = case when m.lease_until > now() + make_interval(secs => one.lease * 0.75) then m.lease_until
        else now() + make_interval(secs => one.lease) end
    where m.tenant_id = one.tenant and m.id = one.mail;
    update attempt a set dot_pending_at = now() where a.tenant_id = one.tenant and a.id = one.attempt;
    update lane_slot s set lease_until = now() + make_interval(secs => one.lease)
    where s.tenant_id = one.tenant and s.exchange_id = one.lane and s.token = one.slot
      and s.lease_until <= now() + make_interval(secs => one.lease * 0.75);
    return next one.mail;
  end loop;
end $$;

-- Room in each page for the changes that a row meets on its way.
alter table mail set (fillfactor = 70);
alter table attempt set (fillfactor = 70);
