// The two buttons: close (after its short name was typed) and undo.
"use client";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { closeTenant, reopenTenant } from "../../actions";

interface Props {
  slug: string;
  name: string;
}

export function CloseTenant({ slug, name }: Props) {
  return (
    <ConfirmDialog
      trigger="Close tenant"
      triggerKind="danger"
      danger
      title={`Close ${name}?`}
      confirm="Close tenant"
      typed={{ word: slug, label: `Type “${slug}” to confirm` }}
      onConfirm={async () => {
        const answer = await closeTenant({ slug, typed: slug });
        return answer.ok ? null : answer.message;
      }}
    >
      <p>Its mailboxes are no longer collected, and its members can’t enter. You can undo this within 30 days.</p>
    </ConfirmDialog>
  );
}

export function ReopenTenant({ slug, name }: Props) {
  return (
    <ConfirmDialog
      trigger="Undo closing"
      triggerKind="primary"
      title={`Open ${name} again?`}
      confirm="Undo closing"
      onConfirm={async () => {
        const answer = await reopenTenant({ slug });
        return answer.ok ? null : answer.message;
      }}
    >
      <p>Its mailboxes are collected again at once, and its members can enter.</p>
    </ConfirmDialog>
  );
}
