-- Whether nobody else routes mail of this tenant until the end of this transaction. Sessions of several mailboxes of one tenant commit at
-- the same time, each for a few milliseconds: a moment's wait, and their mail is routed as it is stored. Not longer, and not by waiting for
-- the lock itself: who has it may wait for what this transaction has.
create function worker_turn_at_routing(p_tenant uuid) returns boolean language plpgsql as $$
begin
  for tries in 1..20 loop
    if pg_try_advisory_xact_lock(hashtextextended('route ' || p_tenant::text, 0)) then return true; end if;
    perform pg_sleep(0.005);
  end loop;
  return false;
end $$;
