-- Whether a mailbox of another tenant collects from the same place as this one: yes or no, for who may edit this tenant's mailboxes.
-- Which tenant that is, only for who may enter it anyway. The usual ports of POP3 and IMAP lead into the same mailbox; behind any
-- other port of a host there may be another server. A folder that nobody else collects is nobody else's mail.
create function portal_collected_elsewhere(p_token_hash bytea, p_tenant uuid, p_host text, p_port integer, p_username text,
  p_folder text)
returns table (elsewhere boolean, company text)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with me as (
    select p.id, p.platform_role
    from session s
    join person p on p.id = s.person_id and p.disabled_at is null
    left join membership m on m.tenant_id = p_tenant and m.person_id = p.id
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours'
      and stronger_role(p.platform_role, m.role) = 'admin')
  select count(*) > 0, min(t.name) filter (where stronger_role(me.platform_role, m.role) is not null)
  from me
  join mailbox b on b.tenant_id <> p_tenant
  join tenant t on t.id = b.tenant_id and t.state = 'active'
  left join membership m on m.tenant_id = t.id and m.person_id = me.id
  where lower(b.host) = lower(p_host) and lower(b.username) = lower(p_username) and lower(b.folder) = lower(p_folder)
    and (b.port = p_port or (b.port in (110, 143, 993, 995) and p_port in (110, 143, 993, 995)));
$$;
revoke all on function portal_collected_elsewhere(bytea, uuid, text, integer, text, text) from public;
