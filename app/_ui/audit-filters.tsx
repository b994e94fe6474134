// What of an audit log is shown: a plain form, so that the address says it and can be sent to a colleague.

import type { AuditFilter } from "@/domain/audit/filter";
import { isFiltered } from "@/domain/audit/filter";
import { auditKinds } from "@/domain/audit/words";
import { Button, ButtonLink } from "./button";
import { controlClass } from "./field";

interface Props {
  filter: AuditFilter;
  kinds: readonly string[];
  /** the page's own address */
  here: string;
  /** a platform's log: which tenants */
  where?: string;
}

const label = "grid gap-1.5 font-medium";

export function AuditFilters({ filter, kinds, here, where }: Props) {
  return (
    <search>
      <form className="mb-5 flex flex-wrap items-end gap-x-3 gap-y-3" key={JSON.stringify([filter, where])}>
        {where !== undefined && (
          <label className={`${label} w-44 max-md:w-full`}>
            Where
            <input
              name="where"
              defaultValue={where}
              placeholder="the platform itself"
              aria-describedby="where-help"
              className={`${controlClass} font-normal`}
            />
          </label>
        )}
        <label className={`${label} w-44 max-md:w-full`}>
          Who
          <input name="who" defaultValue={filter.who} placeholder="anybody" className={`${controlClass} font-normal`} />
        </label>
        <label className={`${label} w-48 max-md:w-full`}>
          What
          <select name="what" defaultValue={filter.what} className={`${controlClass} pr-8 font-normal`}>
            <option value="">anything</option>
            {kinds.map((kind) => (
              <option key={kind} value={kind}>
                {auditKinds[kind]}
              </option>
            ))}
          </select>
        </label>
        {where === undefined && (
          <label className={`${label} w-44 max-md:w-full`}>
            To what
            <input
              name="search"
              defaultValue={filter.search}
              placeholder="subject, address, name"
              className={`${controlClass} font-normal`}
            />
          </label>
        )}
        <label className={`${label} w-36 max-md:w-[calc(50%-6px)]`}>
          From
          <input type="date" name="from" defaultValue={filter.from} className={`${controlClass} font-normal`} />
        </label>
        <label className={`${label} w-36 max-md:w-[calc(50%-6px)]`}>
          Until
          <input type="date" name="to" defaultValue={filter.to} className={`${controlClass} font-normal`} />
        </label>
        <Button type="submit">Show</Button>
        {(isFiltered(filter) || where) && (
          <ButtonLink kind="ghost" href={here}>
            Show all
          </ButtonLink>
        )}
        {where !== undefined && (
          <p id="where-help" className="w-full text-soft text-table">
            Where: a tenant’s short name, or * for the platform and all tenants.
          </p>
        )}
      </form>
    </search>
  );
}
