// Asks who is there before what needs a fresh sign-in, then does what was asked for. What was typed stays where it stands:
// the page behind is not left.
"use client";
import { useEffect, useId, useRef, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import type { Prove } from "@/domain/person/fresh";
import { late } from "./late";

// Most people are never asked.
const FreshWays = late(() => import("./fresh-ways").then((module) => module.FreshWays));

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
      {wanted && <FreshWays prove={wanted.prove} onEnd={end} />}
    </dialog>
  );
}
