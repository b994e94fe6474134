// Asks who is there before what needs a fresh sign-in, then does what was asked for. What was typed stays where it stands:
// the page behind is not left.
"use client";
import { useEffect, useId, useRef, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { askToProve, proveAgain } from "@/app/account/actions";
import type { Prove } from "@/domain/person/fresh";
import { Button } from "./button";
import { PasswordInput, TextInput } from "./inputs";
import { noPasskeySigned, signWithPasskey } from "./passkey";

interface Ask {
  prove: Prove;
  done: (proved: boolean) => void;
}

// One dialog per page, in the frame.
let ask: ((wanted: Ask) => void) | null = null;

/** Calls an action; where that asks for a fresh sign-in, asks the person and calls it again with the same. */
export async function withFresh<T>(call: () => Promise<Answer<T>>): Promise<Answer<T>> {
  const answer = await call();
  if (answer.ok || !answer.prove) return answer;
  const { prove } = answer;
  const proved = await new Promise<boolean>((done) => (ask ? ask({ prove, done }) : done(false)));
  return proved ? call() : { ok: false, message: "Nothing was changed: this asks for a fresh sign-in." };
}

export function FreshSignIn() {
  const dialog = useRef<HTMLDialogElement>(null);
  const [wanted, setWanted] = useState<Ask | null>(null);
  const titleId = useId();
  useEffect(() => {
    ask = setWanted;
    return () => {
      ask = null;
    };
  }, []);
  useEffect(() => {
    if (wanted) dialog.current?.showModal();
  }, [wanted]);
  const end = (proved: boolean) => {
    wanted?.done(proved);
    setWanted(null);
    dialog.current?.close();
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby={titleId}
      onClose={() => wanted && end(false)}
      className="w-[min(420px,calc(100vw-32px))] rounded-md bg-page p-6 text-left text-body text-ink shadow-float"
    >
      <h2 id={titleId} className="font-semibold text-[16px]">
        Is it you?
      </h2>
      <p className="mt-1 text-soft">
        Your sign-in is a while ago. Servers, passwords, second factors and who may enter are changed only by people who
        just proved who they are. Then Mailferry goes on with what you asked for.
      </p>
      {wanted && <Ways prove={wanted.prove} onEnd={end} />}
    </dialog>
  );
}

type Proof = Parameters<typeof proveAgain>[0];

function Ways({ prove, onEnd }: { prove: Prove; onEnd: (proved: boolean) => void }) {
  const [text, setText] = useState("");
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState("");
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
export function CodeInput(props: Omit<Parameters<typeof TextInput>[0], "label">) {
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
