// The list of members, with what can be done to each, and the form that adds one.
"use client";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { AddPerson } from "@/app/_ui/add-person";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { LinkShown, type ShownLink } from "@/app/_ui/link-shown";
import { EmptyState } from "@/app/_ui/page";
import { RoleSelect } from "@/app/_ui/role-select";
import { roleNames } from "@/app/_ui/role-words";
import { Banner, StateMark } from "@/app/_ui/state";
import { type ColumnOf, Table } from "@/app/_ui/table";
import type { Role } from "@/domain/access";
import { addMember, changeMemberRole, makeMemberLink, removeMember } from "./actions";

export interface ShownMember {
  personId: string;
  email: string;
  name: string;
  role: Role;
  disabled: boolean;
  hasPassword: boolean;
  link: string;
  lastSeen: string;
}

interface Props {
  slug: string;
  ownId: string;
  edits: boolean;
  members: readonly ShownMember[];
}

export function Members({ slug, ownId, edits, members }: Props) {
  const [link, setLink] = useState<ShownLink | null>(null);
  const [fault, setFault] = useState("");
  const tell = (answer: Answer<unknown>) => setFault(answer.ok ? "" : answer.message);
  const columns: ColumnOf<ShownMember>[] = [
    { key: "who", head: "Person", cell: (row) => <Who row={row} own={row.personId === ownId} /> },
    {
      key: "role",
      head: "Role",
      width: "w-44",
      cell: (row) =>
        edits ? (
          <RoleSelect
            who={row.email}
            role={row.role}
            change={async (role) =>
              tell(await withFresh(() => changeMemberRole(slug, { personId: row.personId, role })))
            }
          />
        ) : (
          roleNames[row.role]
        ),
    },
    { key: "seen", head: "Last here", width: "w-36", wideOnly: true, cell: (row) => row.lastSeen },
    {
      key: "do",
      head: "Actions",
      quiet: true,
      align: "right",
      cell: (row) => edits && <Actions slug={slug} row={row} onLink={setLink} />,
    },
  ];
  return (
    <div className="grid gap-6">
      {edits && (
        <AddPerson
          title="Add a member"
          button="Add member"
          add={(input) => addMember(slug, input)}
          onAdded={({ email, link: made }) => setLink(made && { email, url: made.url, kind: made.kind })}
        />
      )}
      {link && <LinkShown link={link} />}
      {fault && <Banner live state="stopped" title={fault} />}
      {members.length > 0 ? (
        <Table caption="Members" rows={members} rowKey={(row) => row.personId} columns={columns} />
      ) : (
        <EmptyState title="Nobody is a member yet">
          Until somebody is, only people of the platform can enter. A viewer looks, an operator also decides about mail
          and starts mailboxes, an admin also changes settings and members.
          {edits && " Add the first one above: the invitation is a link that works once."}
        </EmptyState>
      )}
    </div>
  );
}

function Who({ row, own }: { row: ShownMember; own: boolean }) {
  return (
    <span className="[overflow-wrap:anywhere]">
      <span className="font-medium">{row.name || row.email}</span>
      {own && <span className="text-soft"> (you)</span>}
      {row.name && <span className="block text-soft text-table">{row.email}</span>}
      {row.disabled && <StateMark state="stopped">disabled</StateMark>}
      {!row.disabled && !row.hasPassword && (
        <span className="block">
          <StateMark state="needs">invited{row.link ? `; ${row.link}` : "; the link no longer works"}</StateMark>
        </span>
      )}
    </span>
  );
}

function Actions({ slug, row, onLink }: { slug: string; row: ShownMember; onLink: (link: ShownLink) => void }) {
  const name = row.name || row.email;
  return (
    <span className="inline-flex flex-wrap justify-end gap-2 max-md:gap-1">
      <ConfirmDialog
        trigger={row.hasPassword ? "Reset password" : "New link"}
        triggerSize="small"
        title={row.hasPassword ? `Make a reset link for ${name}?` : `Make a new invitation for ${name}?`}
        confirm="Make link"
        onConfirm={async () => {
          const answer = await withFresh(() => makeMemberLink(slug, { personId: row.personId }));
          if (!answer.ok) return answer.message;
          onLink({ email: answer.data.email, url: answer.data.link.url, kind: answer.data.link.kind });
          return null;
        }}
      >
        <p>Older links stop working. The password stays as it is until the new link is used.</p>
      </ConfirmDialog>
      <ConfirmDialog
        trigger="Remove"
        triggerSize="small"
        triggerKind="ghost"
        danger
        title={`Remove ${name}?`}
        confirm="Remove"
        onConfirm={async () => {
          const answer = await removeMember(slug, { personId: row.personId });
          return answer.ok ? null : answer.message;
        }}
      >
        <p>They can’t enter this tenant from then on, not even where they are signed in now.</p>
      </ConfirmDialog>
    </span>
  );
}
