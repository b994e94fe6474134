// What of an audit log is shown: a plain form, so that the address says it and can be sent to a colleague.
import { type AuditFilter, isFiltered } from "@/domain/audit/filter";
import { auditKinds } from "@/domain/audit/words";
import { Button } from "./button";
import { ButtonLink } from "./button-link";
import { Select, TextInput } from "./inputs";

interface Props {
  filter: AuditFilter;
  kinds: readonly string[];
  /** the page's own address */
  here: string;
  /** a platform's log: which tenants */
  where?: string;
}

export function AuditFilters({ filter, kinds, here, where }: Props) {
  const options = [
    { value: "", label: "anything" },
    ...kinds.map((kind) => ({ value: kind, label: auditKinds[kind] ?? kind })),
  ];
  return (
    <search>
      {/* Another address is another form: what was typed into the one before does not stay. */}
      <form
        key={JSON.stringify([filter, where])}
        className="mb-5 grid grid-cols-2 items-end gap-3 md:grid-cols-[repeat(5,minmax(0,176px))_auto]"
      >
        {where !== undefined && (
          <TextInput label="Where" name="where" defaultValue={where} placeholder="short name, or *" />
        )}
        <TextInput label="Who" name="who" defaultValue={filter.who} placeholder="anybody" />
        <Select label="What" name="what" defaultValue={filter.what} options={options} />
        {where === undefined && (
          <TextInput label="To what" name="search" defaultValue={filter.search} placeholder="subject, address, name" />
        )}
        <TextInput label="From" type="date" name="from" defaultValue={filter.from} />
        <TextInput label="Until" type="date" name="to" defaultValue={filter.to} />
        <div className="col-span-full flex gap-2 md:col-auto">
          <Button type="submit">Show</Button>
          {(isFiltered(filter) || where) && (
            <ButtonLink kind="ghost" href={here}>
              Show all
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  );
}
