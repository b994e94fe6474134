// Where somebody is signed in, and how to end that.
"use client";
import { useState } from "react";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { Mono } from "@/app/_ui/page";
import { Banner, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import type { OwnSession } from "@/domain/person/own-sessions";
import { endSession, endSessions } from "./actions";

export interface ShownSession extends Omit<OwnSession, "since" | "lastUsed"> {
  since: string;
  sinceExact: string;
  lastUsed: string;
}

export function Sessions({ sessions }: { sessions: readonly ShownSession[] }) {
  const [said, setSaid] = useState<{ ok: boolean; words: string } | null>(null);
  const others = sessions.filter(({ here }) => !here).length;
  return (
    <>
      <Table
        caption="Where you are signed in"
        rows={sessions}
        rowKey={({ id }) => id}
        columns={[
          {
            key: "device",
            head: "Device",
            cell: (row) => (
              <span className="[overflow-wrap:anywhere]">
                <span className="font-medium">{row.device}</span>
                {row.here && (
                  <span className="ml-2 text-table">
                    <StateMark state="flowing">this one</StateMark>
                  </span>
                )}
              </span>
            ),
          },
          { key: "from", head: "From", cell: (row) => <Mono>{row.address}</Mono> },
          {
            key: "since",
            head: "Signed in",
            cell: (row) => (
              <>
                <span title={row.sinceExact}>{row.since}</span>
                <span className="block text-soft text-table">{row.method}</span>
              </>
            ),
          },
          { key: "used", head: "Last used", wideOnly: true, cell: (row) => row.lastUsed },
          {
            key: "do",
            head: "Actions",
            quiet: true,
            align: "right",
            cell: (row) => !row.here && <SignOutOne row={row} tell={setSaid} />,
          },
        ]}
      />
      {said && <Banner live state={said.ok ? "flowing" : "stopped"} title={said.words} />}
      <div className="flex flex-wrap gap-2">
        {others > 0 && <SignOutMany which="others" count={others} tell={setSaid} />}
        <SignOutMany which="all" count={others + 1} tell={setSaid} />
      </div>
    </>
  );
}

type Tell = (said: { ok: boolean; words: string }) => void;

function SignOutOne({ row, tell }: { row: ShownSession; tell: Tell }) {
  const [busy, setBusy] = useState(false);
  const end = async () => {
    setBusy(true);
    const answer = await endSession({ id: row.id }).catch(() => null);
    setBusy(false);
    tell({
      ok: answer?.ok === true,
      words: answer?.ok ? `${row.device} is signed out.` : (answer?.message ?? "The portal did not answer. Try again."),
    });
  };
  return (
    <Button size="small" onClick={end} busy={busy && "Signing out"} aria-label={`Sign out ${row.device}`}>
      Sign out
    </Button>
  );
}

function SignOutMany({ which, count, tell }: { which: "others" | "all"; count: number; tell: Tell }) {
  const sessions = count === 1 ? "1 session" : `${count} sessions`;
  return (
    <ConfirmDialog
      trigger={which === "all" ? "Sign out everywhere" : "Sign out everywhere else"}
      danger={which === "all"}
      title={which === "all" ? "Sign out everywhere?" : "Sign out everywhere else?"}
      confirm={`Sign out ${sessions}`}
      onConfirm={async () => {
        const answer = await endSessions({ which });
        if (!answer.ok) return answer.message;
        if (which === "all") location.assign("/sign-in");
        else tell({ ok: true, words: `${sessions} ${count === 1 ? "is" : "are"} signed out. This one goes on.` });
        return null;
      }}
    >
      <p>
        {which === "all"
          ? "This session ends too: you sign in again with your password."
          : "This session goes on. Whoever works in another one has to sign in again."}
      </p>
    </ConfirmDialog>
  );
}
