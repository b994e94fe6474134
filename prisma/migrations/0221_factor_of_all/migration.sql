-- A company whose members all need a second factor, whatever their role.
alter table tenant add column second_factor boolean not null default false;

-- As before (0200), and also where a company that this person is a member of wants one of everybody. A closed company asks nobody:
-- its members can't enter.
create or replace function role_needs_factor(p_person_id uuid) returns boolean language sql stable as $$
  select exists (select 1 from platform_setting s, person p
    where s.key = 'second-factor-roles' and p.id = p_person_id
      and (coalesce(s.value ? p.platform_role, false)
        or exists (select 1 from membership m where m.person_id = p.id and s.value ? m.role)))
    or exists (select 1 from membership m join tenant t on t.id = m.tenant_id
      where m.person_id = p_person_id and t.second_factor and t.state = 'active');
$$;
revoke all on function role_needs_factor(uuid) from public;
