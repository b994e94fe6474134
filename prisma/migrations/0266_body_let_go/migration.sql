-- Bodies that may be erased, found by time. Each round of tidy read every body that was still kept, and its mails: of a tenant with
-- much mail those of three days, and all that lies in BADMAIL.
-- Where `beside.sql` has made column and index already they are not made again.

-- When tidy last saw that the body is needed: by a mail that was not over then, or until what it was over at. Until tidy looked the
-- body's own age says the same: no mail is over before it was collected. It is not due earlier than the tenant's hours after that.
-- Both at once, or neither: who has one of them may wait for the other.
select migration_lock('mail, body', 'access exclusive');
alter table body add column if not exists needed_at timestamptz(3);
create index if not exists body_due on body (tenant_id, (coalesce(needed_at, created_at))) where complete and erased_at is null;
-- Whoever looks for bodies that are kept finds them by that one as well.
drop index if exists body_kept;

-- What a person deletes or lets expire is erased at once; and a mail that leaves BADMAIL, or is held no more, may have been over for long.
-- All of these are rare, and nothing is written for a mail that just goes its way.
create function body_let_go() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  update body set needed_at = 'epoch' where tenant_id = new.tenant_id and id = new.body_id and erased_at is null;
  return null;
end $$;
revoke all on function body_let_go() from public;

create trigger mail_body_let_go after update of place on mail for each row
when (old.place <> new.place and (new.place in ('deleted', 'expired') or old.place in ('held', 'badmail')))
execute function body_let_go();
