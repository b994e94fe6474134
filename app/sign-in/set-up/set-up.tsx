// The choice between an app and a passkey, then the recovery codes, then on.
"use client";
import { useState, useTransition } from "react";
import { Button } from "@/app/_ui/button";
import { RecoveryCodes } from "@/app/_ui/recovery-codes";
import { SetUpApp } from "@/app/_ui/set-up-app";
import { SetUpPasskey } from "@/app/_ui/set-up-passkey";
import { signOut } from "../actions";

export function SetUp({ next, device, named }: { next: string; device: string; named: boolean }) {
  const [codes, setCodes] = useState<string[] | null>(null);
  const [leaving, leave] = useTransition();
  const goOn = () => location.assign(next);
  const added = ({ recoveryCodes }: { recoveryCodes: string[] | null }) =>
    recoveryCodes ? setCodes(recoveryCodes) : goOn();
  if (codes) return <RecoveryCodes codes={codes} onKept={goOn} />;
  return (
    <div className="grid gap-6">
      <SetUpApp kind="primary" onAdded={added} />
      <div className="border-line border-t pt-5">
        <SetUpPasskey device={device} named={named} onAdded={added} />
      </div>
      <Button
        kind="ghost"
        busy={leaving && "Signing out"}
        onClick={() =>
          leave(async () => {
            await signOut(null, new FormData());
          })
        }
      >
        Sign out
      </Button>
    </div>
  );
}
