-- What was deleted before there was a trigger that says so, and is not erased yet. By itself, so that mail is not locked while it is looked for.
update body b set needed_at = 'epoch'
where b.complete and b.erased_at is null and b.needed_at is null
  and exists (select 1 from mail m where m.tenant_id = b.tenant_id and m.body_id = b.id and m.place in ('deleted', 'expired'));
