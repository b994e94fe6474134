// Asks before many mails are moved: the number is counted when the question is put, and what is confirmed is what is done.
"use client";
import { useId, useRef, useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button, type ButtonKind } from "@/app/_ui/button";
import { Checkbox } from "@/app/_ui/choices";
import { TextInput } from "@/app/_ui/inputs";
import type { Choice, Target } from "@/domain/message/decide-schema";
import { countMails } from "./actions";
import { helpOf, titleOf, verbOf, wordsOf } from "./decision-words";
import type { Decided } from "./run-parts";

export interface Counted {
  mails: number;
  until: number;
}

interface Props {
  slug: string;
  target: Target;
  /** as the page shows it: counted anew when the question is put */
  mails: number;
  /** nobody has them yet, so there is no address to replace */
  unaddressed?: boolean;
  what: Choice["do"];
  label: string;
  kind?: ButtonKind;
  /** a further sentence: Exchange may have them already */
  warning?: string | undefined;
  /** runs it; the answer is a refusal of the whole, or null */
  onConfirm: (choice: Choice, counted: Counted) => Promise<Answer<Decided> | null>;
}

export function DecisionDialog(props: Props) {
  const { slug, target, what, label, kind, warning } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [counted, setCounted] = useState<Counted | null>(null);
  const [text, setText] = useState("");
  const [foreign, setForeign] = useState<boolean | null>(null);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState(false);
  const [shown, setShown] = useState(false);

  const open = async () => {
    setCounted(null);
    setText("");
    setForeign(null);
    setFault("");
    setShown(true);
    dialog.current?.showModal();
    const answer = await countMails(slug, { target }).catch(() => null);
    if (answer?.ok) setCounted(answer.data);
    else setFault(answer?.message ?? "The portal did not answer. Close this and try again.");
  };
  const asked = { what, mails: counted?.mails ?? props.mails, unaddressed: props.unaddressed ?? false };
  const word = `delete ${counted?.mails ?? ""}`;
  const confirm = async () => {
    if (!counted) return;
    if (counted.mails === 0) return setFault("Somebody has decided about this already. Close this and look again.");
    const made = choiceOf(what, text, foreign === true);
    if (what === "delete" && counted.mails > 1 && text.trim() !== word) return setFault(`Type “${word}” to go on.`);
    if (made.do === "send-to" && made.addresses.length === 0) return setFault("Give an address first.");
    setBusy(true);
    const answer = await props.onConfirm(made, counted);
    setBusy(false);
    if (!answer || answer.ok) return dialog.current?.close();
    const field = Object.entries(answer.fields ?? {})[0];
    if (field?.[0] === "addresses") setForeign(false);
    setFault(field?.[1] ?? answer.message);
  };
  return (
    <>
      <Button kind={kind} size="small" onClick={open} aria-haspopup="dialog">
        {label}
      </Button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        onClose={() => setShown(false)}
        className="w-[min(480px,calc(100vw-32px))] rounded-md bg-page p-6 text-left text-body text-ink shadow-float"
      >
        {shown && (
          <form
            method="dialog"
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void confirm();
            }}
          >
            <h2 id={titleId} className="font-semibold text-[16px]">
              {titleOf(asked)}
            </h2>
            <div className="grid gap-3 text-soft">
              <p>{wordsOf(asked)}</p>
              {warning && what !== "delete" && <p>{warning}</p>}
              {what === "send-to" && (
                <TextInput
                  label="Address on your Exchange server"
                  help={helpOf(asked)}
                  value={text}
                  mono
                  onChange={(event) => {
                    setText(event.target.value);
                    setForeign(null);
                    setFault("");
                  }}
                />
              )}
              {what === "delete" && (counted?.mails ?? 0) > 1 && (
                <TextInput
                  label={`Type “${word}”`}
                  value={text}
                  mono
                  onChange={(event) => setText(event.target.value)}
                />
              )}
            </div>
            {fault && (
              <p role="alert" className="text-stop text-table [overflow-wrap:anywhere]">
                <span aria-hidden>■ </span>
                {fault}
              </p>
            )}
            {foreign !== null && (
              <Checkbox
                label="I know this address: send it there all the same"
                checked={foreign}
                onChange={(event) => setForeign(event.target.checked)}
              />
            )}
            <div className="flex justify-end gap-2 pt-2">
              <Button onClick={() => dialog.current?.close()}>Cancel</Button>
              <Button
                type="submit"
                kind={what === "delete" ? "danger" : "primary"}
                busy={busy ? "Working" : !counted && !fault && "Counting"}
              >
                {verbOf(asked)}
              </Button>
            </div>
          </form>
        )}
      </dialog>
    </>
  );
}

function choiceOf(what: Choice["do"], text: string, foreign: boolean): Choice {
  if (what !== "send-to") return { do: what };
  const addresses = text.split(/[,;\s]+/).filter(Boolean);
  return { do: what, addresses, ...(foreign ? { foreign } : {}) };
}
