// Second factors of one's own: the app, passkeys, recovery codes.
"use client";
import { useRouter } from "next/navigation";
import { startTransition, useState } from "react";
import { Button } from "@/app/_ui/button";
import { ConfirmDialog } from "@/app/_ui/confirm-dialog";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { RecoveryCodes } from "@/app/_ui/recovery-codes";
import { SetUpApp } from "@/app/_ui/set-up-app";
import { SetUpPasskey } from "@/app/_ui/set-up-passkey";
import { Banner, StateMark } from "@/app/_ui/state";
import { Table } from "@/app/_ui/table";
import type { Factors } from "@/domain/person/session";
import { newRecoveryCodes, removeFactor } from "./actions";

export interface ShownPasskey {
  id: string;
  name: string;
  created: string;
  lastUsed: string;
}

interface Props {
  factors: Factors;
  passkeys: readonly ShownPasskey[];
  device: string;
  named: boolean;
}

export function SecondFactor({ factors, passkeys, device, named }: Props) {
  const router = useRouter();
  const [codes, setCodes] = useState<string[] | null>(null);
  const [fault, setFault] = useState("");
  const any = factors.code || passkeys.length > 0;
  const added = ({ recoveryCodes }: { recoveryCodes: string[] | null }) => {
    setFault("");
    if (recoveryCodes) setCodes(recoveryCodes);
    else router.refresh();
  };
  // Not before: a refresh that finds no portal leaves the page, and these codes are shown only once.
  const kept = () =>
    startTransition(() => {
      router.refresh();
      setCodes(null);
    });
  const remove = async (removal: Parameters<typeof removeFactor>[0]) => {
    const answer = await withFresh(() => removeFactor(removal));
    if (answer.ok) router.refresh();
    return answer.ok ? null : answer.message;
  };
  if (codes) return <RecoveryCodes codes={codes} onKept={kept} />;
  return (
    <div className="grid gap-6">
      {fault && <Banner live state="stopped" title={fault} />}
      <div className="grid gap-3">
        <h3 className="font-medium">Authenticator app</h3>
        {factors.code ? (
          <div className="flex flex-wrap items-center justify-between gap-3">
            <StateMark state="flowing">set up: its code is asked for at each sign-in with a password</StateMark>
            <RemoveFactor
              what="the authenticator app"
              last={passkeys.length === 0}
              run={() => remove({ what: "app" })}
            />
          </div>
        ) : (
          <SetUpApp onAdded={added} />
        )}
      </div>
      <div className="grid gap-3">
        <h3 className="font-medium">Passkeys</h3>
        {passkeys.length > 0 && (
          <Table
            caption="Passkeys"
            rows={passkeys}
            rowKey={({ id }) => id}
            columns={[
              {
                key: "name",
                head: "Name",
                cell: (row) => <span className="[overflow-wrap:anywhere]">{row.name}</span>,
              },
              { key: "created", head: "Added", cell: (row) => row.created, wideOnly: true },
              { key: "used", head: "Last used", cell: (row) => row.lastUsed },
              {
                key: "do",
                head: "Actions",
                quiet: true,
                align: "right",
                cell: (row) => (
                  <RemoveFactor
                    what={`the passkey “${row.name}”`}
                    last={!factors.code && passkeys.length === 1}
                    run={() => remove({ what: "passkey", id: row.id })}
                  />
                ),
              },
            ]}
          />
        )}
        <SetUpPasskey device={device} named={named} onAdded={added} />
      </div>
      {any && <Recovery left={factors.recoveryCodes} onMade={setCodes} onFault={setFault} />}
    </div>
  );
}

function RemoveFactor({ what, last, run }: { what: string; last: boolean; run: () => Promise<string | null> }) {
  return (
    <ConfirmDialog
      trigger="Remove"
      triggerSize="small"
      triggerKind="ghost"
      danger
      title={`Remove ${what}?`}
      confirm="Remove"
      onConfirm={run}
    >
      <p>
        {last
          ? "It is your last second factor: your password alone signs you in then, and your recovery codes end."
          : "It opens nothing from then on. Your other second factors go on."}
      </p>
    </ConfirmDialog>
  );
}

function Recovery({
  left,
  onMade,
  onFault,
}: {
  left: number;
  onMade: (codes: string[]) => void;
  onFault: (words: string) => void;
}) {
  const [busy, setBusy] = useState(false);
  const make = async () => {
    setBusy(true);
    const answer = await withFresh(() => newRecoveryCodes({})).catch(() => null);
    setBusy(false);
    if (answer?.ok) onMade(answer.data.recoveryCodes);
    else onFault(answer?.message ?? "The portal did not answer. Try again.");
  };
  return (
    <div className="grid gap-3">
      <h3 className="font-medium">Recovery codes</h3>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <StateMark state={left > 2 ? "flowing" : "needs"}>
          {left === 0 ? "none left: make new ones" : `${left} left; each signs you in once, without phone or passkey`}
        </StateMark>
        <Button size="small" onClick={make} busy={busy && "Making"}>
          Make new ones
        </Button>
      </div>
      <p className="text-soft text-table">New ones take the place of all older ones.</p>
    </div>
  );
}
