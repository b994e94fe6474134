// Send again, send to another address, delete: for one mail or a whole group.
"use client";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { controlClass } from "@/app/_ui/field";
import type { Choice, Target } from "@/domain/message/decide-schema";
import { decideMail } from "./actions";

interface Props {
  slug: string;
  target: Target;
  count: number;
  /** without recipients there is nothing to send again: only an address helps */
  again: boolean;
}

type Decided = Extract<Awaited<ReturnType<typeof decideMail>>, { ok: true }>["data"];

/** Null when all went well, else the sentence that the dialog shows. */
function wordsOf(answer: Answer<Decided>): string | null {
  if (!answer.ok) return answer.message;
  const { done, failed, left } = answer.data;
  const [first] = failed;
  if (first) return `${done.length} done, ${failed.length} not: ${first.message}`;
  return left > 0 ? `${done.length} done, ${left} are left. Confirm again for the next ones.` : null;
}

export function DecideButtons({ slug, target, count, again }: Props) {
  const [address, setAddress] = useState("");
  const run = async (choice: Choice) => wordsOf(await decideMail(slug, { target, choice }));
  const mails = count === 1 ? "this mail" : `${count} mails`;
  const addresses = address.split(/[,;\s]+/).filter(Boolean);
  return (
    <div className="flex flex-wrap gap-2">
      {again && (
        <ConfirmDialog
          trigger={count === 1 ? "Send again" : `Send all ${count}`}
          triggerSize="small"
          title={`Send ${mails} again?`}
          confirm="Send again"
          onConfirm={() => run({ do: "send-again" })}
        />
      )}
      <ConfirmDialog
        trigger="Deliver to …"
        triggerSize="small"
        title={`Deliver ${mails} to another address`}
        confirm="Deliver"
        onConfirm={() => run({ do: "send-to", addresses })}
      >
        <label className="grid gap-1">
          Addresses on your Exchange server, with commas between them
          <input className={controlClass} value={address} onChange={(event) => setAddress(event.target.value)} />
        </label>
      </ConfirmDialog>
      <ConfirmDialog
        trigger="Delete"
        triggerKind="danger"
        triggerSize="small"
        danger
        title={`Delete ${mails}?`}
        confirm={`Delete ${mails}`}
        onConfirm={() => run({ do: "delete" })}
      >
        Nobody gets it then. It stands in the audit log with your name.
      </ConfirmDialog>
    </div>
  );
}
