// Which mailboxes: a form that only asks, so that its address can be kept or sent to a colleague.
import { Button } from "@/app/_ui/button";
import { ButtonLink } from "@/app/_ui/button-link";
import { Select, TextInput } from "@/app/_ui/inputs";
import type { EveryFilter } from "@/domain/mailbox/every";

const anything = { value: "", label: "Any" };

export function FilterForm({
  filter,
  hosts,
}: {
  filter: EveryFilter;
  hosts: readonly { host: string; mailboxes: number }[];
}) {
  return (
    <search>
      <form
        key={JSON.stringify(filter)}
        className="mb-4 grid grid-cols-2 items-end gap-x-3 gap-y-3 max-sm:*:first:col-span-2 lg:grid-cols-[minmax(0,1.4fr)_minmax(0,1.4fr)_7rem_8rem_minmax(0,1fr)_auto]"
      >
        <TextInput
          label="Name, user name or host"
          name="text"
          type="search"
          defaultValue={filter.text ?? ""}
          maxLength={200}
        />
        <TextInput label="Host" name="host" mono list="hosts" defaultValue={filter.host ?? ""} maxLength={253} />
        <datalist id="hosts">
          {hosts.map(({ host, mailboxes }) => (
            <option key={host} value={host} label={`${mailboxes.toLocaleString("en")} here`} />
          ))}
        </datalist>
        <Select
          label="Protocol"
          name="protocol"
          defaultValue={filter.protocol ?? ""}
          options={[anything, { value: "imap", label: "IMAP" }, { value: "pop3", label: "POP3" }]}
        />
        <Select
          label="State"
          name="state"
          defaultValue={filter.state ?? ""}
          options={[
            anything,
            { value: "collecting", label: "Collecting" },
            { value: "failing", label: "Failing" },
            { value: "paused", label: "Paused" },
            { value: "stopped", label: "Stopped" },
          ]}
        />
        <TextInput label="Tenant" name="tenant" defaultValue={filter.tenant ?? ""} maxLength={100} />
        <div className="flex gap-2">
          <Button type="submit">Show</Button>
          {Object.keys(filter).length > 0 && (
            <ButtonLink href="/tenants/mailboxes" kind="ghost">
              Clear
            </ButtonLink>
          )}
        </div>
      </form>
    </search>
  );
}
