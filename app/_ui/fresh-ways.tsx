// The ways to prove who is there: passkey, password, code.
"use client";
import { useEffect, useRef, useState } from "react";
import { askToProve, proveAgain } from "@/app/account/actions";
import type { Prove } from "@/domain/person/fresh";
import { Button } from "./button";
import { TextInput } from "./inputs";
import { noPasskeySigned, signWithPasskey } from "./passkey";
import { PasswordInput } from "./password-input";

type Proof = Parameters<typeof proveAgain>[0];

export function FreshWays({ prove, onEnd }: { prove: Prove; onEnd: (proved: boolean) => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState("");
  const form = useRef<HTMLFormElement>(null);
  // The dialog was open before this was fetched, so it could not give the focus to what is asked.
  useEffect(() => form.current?.querySelector<HTMLElement>("input:not([type=hidden]), button")?.focus(), []);
  const typed = prove.ways.find((way) => way !== "passkey");
  const send = async (proof: Proof, doing: string) => {
    setBusy(doing);
    const answer = await proveAgain(proof).catch(() => null);
    setBusy("");
    if (answer?.ok) return onEnd(true);
    setFault(answer?.fields?.[typed ?? ""] ?? answer?.message ?? unreachable);
  };
  const byPasskey = async () => {
    setBusy("Waiting for the passkey");
    const question = await askToProve({}).catch(() => null);
    const response = question?.ok ? await signWithPasskey(question.data) : null;
    if (response) return send({ by: "passkey", response }, "Checking");
    setBusy("");
    setFault(question?.ok ? noPasskeySigned : (question?.message ?? unreachable));
  };
  const input = {
    value: text,
    error: fault || undefined,
    onChange: (event: { target: { value: string } }) => setText(event.target.value),
  };
  return (
    <form
      ref={form}
      className="mt-4 grid gap-4"
      noValidate
      onSubmit={(event) => {
        // The dialog may stand inside another form.
        event.preventDefault();
        event.stopPropagation();
        if (typed)
          void send(typed === "code" ? { by: "code", code: text } : { by: "password", password: text }, "Checking");
      }}
    >
      {prove.ways.includes("passkey") && (
        <Button onClick={byPasskey} kind="primary" busy={busy}>
          Use a passkey
        </Button>
      )}
      <input type="hidden" autoComplete="username" value={prove.email} readOnly />
      {typed === "password" && <PasswordInput label="Your password" autoComplete="current-password" {...input} />}
      {typed === "code" && <CodeInput {...input} />}
      <div className="flex justify-end gap-2">
        <Button onClick={() => onEnd(false)}>Cancel</Button>
        <Button type="submit" kind={prove.ways.includes("passkey") ? "secondary" : "primary"} busy={busy}>
          Go on
        </Button>
      </div>
    </form>
  );
}

const unreachable = "The portal did not answer. Try again.";

/** A code of the app, or a recovery code. */
function CodeInput(props: Omit<Parameters<typeof TextInput>[0], "label">) {
  return (
    <TextInput
      label="Code"
      mono
      autoComplete="one-time-code"
      autoCapitalize="characters"
      help="Of your authenticator app, or a recovery code."
      {...props}
    />
  );
}
