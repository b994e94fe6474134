// Signs in with a passkey: asks the portal for a question, the device for its answer, and goes where that leads.
"use client";
import type { AuthenticationResponseJSON, PublicKeyCredentialRequestOptionsJSON } from "@simplewebauthn/browser";
import { type ReactNode, useEffect, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button, type ButtonKind } from "@/app/_ui/button";
import { hasPasskeys, noPasskeySigned, signWithPasskey } from "@/app/_ui/passkey";
import { Banner } from "@/app/_ui/state";

interface Props {
  kind?: ButtonKind;
  ask: () => Promise<Answer<PublicKeyCredentialRequestOptionsJSON>>;
  finish: (response: AuthenticationResponseJSON) => Promise<Answer<{ to: string }>>;
  children: ReactNode;
}

export function PasskeyButton({ kind, ask, finish, children }: Props) {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const [able, setAble] = useState(true);
  useEffect(() => setAble(hasPasskeys()), []);
  if (!able) return null;
  const run = async () => {
    setBusy(true);
    setFault("");
    const words = await entering(ask, finish).catch(() => "The portal did not answer. Try again.");
    // Where it worked the page is being left: the button stays busy.
    if (!words) return;
    setBusy(false);
    setFault(words);
  };
  return (
    <div className="grid gap-3">
      {fault && <Banner live state="stopped" title={fault} />}
      <Button kind={kind} onClick={run} busy={busy && "Waiting for the passkey"}>
        {children}
      </Button>
    </div>
  );
}

async function entering(ask: Props["ask"], finish: Props["finish"]): Promise<string> {
  const question = await ask();
  if (!question.ok) return question.message;
  const response = await signWithPasskey(question.data);
  if (!response) return noPasskeySigned;
  const entered = await finish(response);
  if (!entered.ok) return entered.message;
  location.assign(entered.data.to);
  return "";
}
