// The two buttons: close (after its short name was typed) and undo.
"use client";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { boundedMailWords } from "@/domain/queue/bounded";
import type { PlaceCounts } from "@/domain/tenant/store";
import { closeTenant, reopenTenant } from "../../actions";

interface Props {
  slug: string;
  name: string;
}

export function CloseTenant({ slug, name, counts, undoUntil }: Props & { counts: PlaceCounts; undoUntil: string }) {
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
      <p>Its mailboxes are no longer collected: new mail stays at the provider. Its members can’t enter.</p>
      <ul className="grid list-disc gap-1 pl-4 text-ink">
        {consequences(counts).map((one) => (
          <li key={one}>{one}</li>
        ))}
      </ul>
      <p>
        You can undo this until {undoUntil}. After that settings, passwords, members, mails and history are erased, and
        nobody can bring them back.
      </p>
    </ConfirmDialog>
  );
}

/** What becomes of the mail that is not over. */
function consequences({ waiting, held, badmail }: PlaceCounts): string[] {
  if (waiting + held + badmail === 0) return ["No mail waits, is held or is in BADMAIL."];
  const none = (n: number, words: string) => (n === 0 ? [] : [words]);
  return [
    ...none(
      waiting,
      `${boundedMailWords(waiting)} ${waiting === 1 ? "waits and still goes" : "wait and still go"} to Exchange.`,
    ),
    ...none(held, `${boundedMailWords(held)} ${held === 1 ? "is" : "are"} held: nobody can decide while it is closed.`),
    ...none(
      badmail,
      `${boundedMailWords(badmail)} ${badmail === 1 ? "is" : "are"} in BADMAIL: nobody can send again while it is closed.`,
    ),
  ];
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
      <p>
        It is as it was: its mailboxes are collected again at once, except those that were paused, and its members can
        enter.
      </p>
    </ConfirmDialog>
  );
}
