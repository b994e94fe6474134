-- What was told, the newest first, without a look at other mail or at what was told before.
create index mail_notice on mail (tenant_id, seq) where kind = 'notice';
create index notice_sent_mail on notice (tenant_id, sent_mail_id) where sent_mail_id is not null;

-- As before, but where a page begins is now found along audit_at: a file of the whole log reads each row once.
create or replace function portal_audit(p_token_hash bytea, p_where text, p_who text, p_what text, p_from date, p_to date, p_zone text,
  p_before_at timestamptz, p_before_id bigint, p_limit integer)
returns table (id bigint, at timestamptz, tenant text, who text, action text, target text, changes jsonb)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  with me as (
    select 1 from session s join person p on p.id = s.person_id and p.disabled_at is null
    where s.token_hash = p_token_hash and s.ended_at is null and s.expires_at > now()
      and s.last_seen_at > now() - interval '12 hours' and p.platform_role = 'admin'),
  rows as (
    (select a.id, a.at, ''::text as tenant, a.who, a.action, a.target, a.changes from platform_audit a
     where p_where in ('', '*')
       and (p_who = '' or strpos(lower(a.who), lower(p_who)) > 0)
       and (p_what = '' or split_part(a.action, '.', 1) = p_what)
       and (p_from is null or a.at >= p_from::timestamp at time zone p_zone)
       and (p_to is null or a.at < (p_to + 1)::timestamp at time zone p_zone)
       and (a.at, a.id) < (coalesce(p_before_at, 'infinity'), coalesce(p_before_id, 9223372036854775807))
     order by a.at desc, a.id desc limit p_limit)
    union all
    (select a.id, a.at, t.slug, a.who, a.action, a.target, a.changes from audit a join tenant t on t.id = a.tenant_id
     where p_where <> '' and (p_where = '*' or t.slug = p_where)
       and (p_who = '' or strpos(lower(a.who), lower(p_who)) > 0)
       and (p_what = '' or split_part(a.action, '.', 1) = p_what)
       and (p_from is null or a.at >= p_from::timestamp at time zone p_zone)
       and (p_to is null or a.at < (p_to + 1)::timestamp at time zone p_zone)
       and (a.at, a.id) < (coalesce(p_before_at, 'infinity'), coalesce(p_before_id, 9223372036854775807))
     order by a.at desc, a.id desc limit p_limit))
  select r.id, r.at, r.tenant, r.who, r.action, r.target, r.changes from rows r where exists (select 1 from me)
  order by r.at desc, r.id desc limit p_limit;
$$;
revoke all on function portal_audit(bytea, text, text, text, date, date, text, timestamptz, bigint, integer) from public;
