-- Nearly every change of a recipient is from waiting to delivered, and has nothing to do with the table of what is apart: Postgres need
-- not gather the rows before and after it to find that out. Now a condition says so, which is asked before anything is called. A
-- statement that moves many recipients of one mail asks for each of them; there are few such.
create function search_recipient_moved() returns trigger language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  perform search_set_apart(new.tenant_id, new.mail_id);
  return null;
end $$;
revoke all on function search_recipient_moved() from public;

select migration_lock('recipient', 'access exclusive');
drop trigger recipient_search_moved on recipient;
create trigger recipient_search_moved after update on recipient for each row
when (old.place <> new.place and (old.place not in ('waiting', 'delivered') or new.place not in ('waiting', 'delivered')))
execute function search_recipient_moved();
drop function search_recipients_moved();
