// The list of people, with what can be done to each, and the form that adds one.
"use client";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { AddPerson } from "@/app/_ui/add-person";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { controlClass } from "@/app/_ui/field";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { LinkShown, type ShownLink } from "@/app/_ui/link-shown";
import { RoleSelect } from "@/app/_ui/role-select";
import { Banner, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import type { PlatformPerson } from "@/domain/platform/people";
import { addPerson, changePlatformRole, disablePerson, makePersonLink, removeFactors } from "../actions";

export interface Shown extends Omit<PlatformPerson, "lastSeenAt"> {
  lastSeen: string;
}

export function People({ people, search, ownId }: { people: readonly Shown[]; search: string; ownId: string }) {
  const [link, setLink] = useState<ShownLink | null>(null);
  const [fault, setFault] = useState("");
  const tell = (answer: Answer<unknown>) => setFault(answer.ok ? "" : answer.message);
  const link_ = async (personId: string) => {
    const answer = await withFresh(() => makePersonLink({ personId }));
    if (answer.ok) setLink({ email: answer.data.email, url: answer.data.link.url, kind: answer.data.link.kind });
    tell(answer);
    return answer.ok ? null : answer.message;
  };
  return (
    <div className="grid gap-6">
      <AddPerson
        title="Add a person with a platform role"
        button="Add person"
        add={addPerson}
        onAdded={({ email, link: made }) => setLink(made && { email, url: made.url, kind: made.kind })}
      />
      {link && <LinkShown link={link} />}
      {fault && <Banner live state="stopped" title={fault} />}
      {(people.length > 12 || search) && <SearchPeople search={search} />}
      <Table
        caption="People"
        rows={people}
        rowKey={(row) => row.personId}
        columns={[
          { key: "who", head: "Person", cell: (row) => <Who row={row} own={row.personId === ownId} /> },
          {
            key: "role",
            head: "Platform role",
            width: "w-48",
            cell: (row) => (
              <RoleSelect
                who={row.email}
                role={row.role}
                none="No platform role"
                change={async (role) =>
                  tell(await withFresh(() => changePlatformRole({ personId: row.personId, role })))
                }
              />
            ),
          },
          { key: "seen", head: "Last here", width: "w-36", wideOnly: true, cell: (row) => row.lastSeen },
          {
            key: "do",
            head: "Actions",
            quiet: true,
            align: "right",
            cell: (row) => <Actions row={row} link={link_} tell={tell} />,
          },
        ]}
      />
    </div>
  );
}

function Who({ row, own }: { row: Shown; own: boolean }) {
  return (
    <span className="[overflow-wrap:anywhere]">
      <span className="font-medium">{row.name || row.email}</span>
      {own && <span className="text-soft"> (you)</span>}
      {row.name && <span className="block text-soft text-table">{row.email}</span>}
      {row.disabled && <StateMark state="stopped">disabled</StateMark>}
      {!row.disabled && !row.hasPassword && <StateMark state="needs">no password yet</StateMark>}
      {!row.disabled && row.hasFactor && <span className="block text-soft text-table">has a second factor</span>}
    </span>
  );
}

function SearchPeople({ search }: { search: string }) {
  return (
    <form className="flex max-w-[480px] gap-2">
      <input
        type="search"
        name="search"
        defaultValue={search}
        aria-label="Search by name or address"
        placeholder="Search by name or address"
        className={controlClass}
      />
      <Button type="submit">Search</Button>
    </form>
  );
}

function Actions({
  row,
  link,
  tell,
}: {
  row: Shown;
  link: (personId: string) => Promise<string | null>;
  tell: (answer: Answer<unknown>) => void;
}) {
  const name = row.name || row.email;
  if (row.disabled)
    return (
      <Button
        size="small"
        onClick={async () => tell(await withFresh(() => disablePerson({ personId: row.personId, disabled: false })))}
      >
        Enable
      </Button>
    );
  return (
    <span className="inline-flex flex-wrap justify-end gap-2 max-md:gap-1">
      <ConfirmDialog
        trigger={row.hasPassword ? "Reset password" : "New link"}
        triggerSize="small"
        title={row.hasPassword ? `Make a reset link for ${name}?` : `Make a new invitation for ${name}?`}
        confirm="Make link"
        onConfirm={() => link(row.personId)}
      >
        <p>Older links stop working. The password stays as it is until the new link is used.</p>
      </ConfirmDialog>
      {row.hasFactor && (
        <ConfirmDialog
          trigger="Remove second factor"
          triggerSize="small"
          triggerKind="ghost"
          danger
          title={`Remove the second factors of ${name}?`}
          confirm="Remove"
          onConfirm={async () => {
            const answer = await withFresh(() => removeFactors({ personId: row.personId }));
            return answer.ok ? null : answer.message;
          }}
        >
          <p>
            App, passkeys and recovery codes end, and so do their sessions: their password alone signs them in. Do it
            when somebody lost them, and only after you made sure who asks.
          </p>
        </ConfirmDialog>
      )}
      <ConfirmDialog
        trigger="Disable"
        triggerSize="small"
        triggerKind="ghost"
        danger
        title={`Disable ${name}?`}
        confirm="Disable"
        onConfirm={async () => {
          const answer = await withFresh(() => disablePerson({ personId: row.personId, disabled: true }));
          return answer.ok ? null : answer.message;
        }}
      >
        <p>They are signed out everywhere at once and can’t sign in until somebody enables them again.</p>
      </ConfirmDialog>
    </span>
  );
}
