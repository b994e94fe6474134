// Asks before what can't be taken back; can ask to type a word. The browser's own dialog: focus stays inside, Esc closes.
"use client";
import { type ReactNode, useId, useRef, useState } from "react";
import { Button, type ButtonKind } from "./button";
import { TextInput } from "./inputs";

export interface ConfirmDialogProps {
  /** the button that opens it */
  trigger: ReactNode;
  triggerKind?: ButtonKind;
  triggerSize?: "normal" | "small";
  title: string;
  /** what will happen, and what will not */
  children?: ReactNode;
  /** the verb on the button: "Close Contoso Ltd" */
  confirm: string;
  danger?: boolean;
  /** must be typed before the button acts */
  typed?: { word: string; label: string };
  /** what the question needs, like a number: the answer waits for it; returns a sentence when there is no question */
  onOpen?: () => Promise<string | null | undefined>;
  /** returns a sentence when it did not work: the dialog stays and shows it */
  onConfirm: () => Promise<string | null | undefined>;
}

const silent = "The portal did not answer. Check the connection and try again.";

export function ConfirmDialog(props: ConfirmDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState("");
  const [fault, setFault] = useState("");
  const [asked, setAsked] = useState(true);
  const open = async () => {
    setTyped("");
    setFault("");
    dialog.current?.showModal();
    if (!props.onOpen) return;
    setAsked(false);
    setBusy("Counting");
    const message = await props.onOpen().catch(() => silent);
    setBusy("");
    setAsked(!message);
    setFault(message ?? "");
  };
  const run = async () => {
    if (!asked) return;
    if (props.typed && typed.trim() !== props.typed.word) {
      setFault(`Type “${props.typed.word}” to go on.`);
      return;
    }
    setBusy("Working");
    const message = await props.onConfirm().catch(() => silent);
    setBusy("");
    if (message) setFault(message);
    else dialog.current?.close();
  };
  return (
    <>
      <Button kind={props.triggerKind} size={props.triggerSize} onClick={open} aria-haspopup="dialog">
        {props.trigger}
      </Button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        className="w-[min(480px,calc(100vw-32px))] rounded-md bg-page p-6 text-left text-body text-ink shadow-float"
      >
        <form
          method="dialog"
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <h2 id={titleId} className="font-semibold text-[16px] [overflow-wrap:anywhere]">
            {props.title}
          </h2>
          {props.children && <div className="grid gap-2 whitespace-normal text-soft">{props.children}</div>}
          {props.typed && (
            <TextInput
              label={props.typed.label}
              value={typed}
              onChange={(event) => setTyped(event.target.value)}
              mono
            />
          )}
          {fault && (
            <p role="alert" className="text-stop text-table">
              <span aria-hidden>■ </span>
              {fault}
            </p>
          )}
          <div className="flex justify-end gap-2 pt-2">
            <Button onClick={() => dialog.current?.close()}>Cancel</Button>
            {(asked || busy) && (
              <Button type="submit" kind={props.danger ? "danger" : "primary"} busy={busy}>
                {props.confirm}
              </Button>
            )}
          </div>
        </form>
      </dialog>
    </>
  );
}
