// What should be different in all that are chosen. An empty field leaves each mailbox as it is.
"use client";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { Button } from "@/app/_ui/button";
import { NumberInput, Select, TextInput } from "@/app/_ui/inputs";
import { labels } from "@/app/t/[tenant]/mailboxes/labels";
import type { Asked } from "./plan-view";
import { mailboxesWord, tlsWords } from "./words";

interface Props {
  number: number;
  /** asks what it would do; the answer: faults by field, or null */
  onAsk: (change: Asked["change"]) => Promise<Record<string, string> | null>;
  onCancel: () => void;
}

const asItIs = { value: "", label: "As it is" };
const empty = { host: "", port: "", tls: "", certificate: "", pollSeconds: "" };
type Field = keyof typeof empty;

export function ChangeForm({ number, onAsk, onCancel }: Props) {
  const [typed, setTyped] = useState(empty);
  const [faults, setFaults] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  const field = (name: Field) => ({
    label: labels[name] ?? name,
    value: typed[name],
    error: faults[`change.settings.${name}`],
    onChange: ({ target }: { target: { value: string } }) => {
      setTyped((old) => ({ ...old, [name]: target.value }));
      setFaults({});
    },
  });
  const ask = async (event: FormEvent) => {
    event.preventDefault();
    const given = Object.fromEntries(Object.entries(typed).filter(([, value]) => value.trim() !== ""));
    setBusy(true);
    const found = await onAsk({ do: "settings", settings: given });
    setBusy(false);
    if (found) setFaults(found);
  };
  return (
    <form onSubmit={ask} noValidate className="border-line border-b py-5">
      <h2 ref={title} tabIndex={-1} className="font-semibold outline-none">
        What should be different in {number === 1 ? "this mailbox" : `these ${mailboxesWord(number)}`}
      </h2>
      <p className="mt-1 text-soft">
        What stays empty stays as it is in each. Nothing is changed before you have seen it.
      </p>
      <div className="mt-4 grid max-w-[860px] items-start gap-x-4 gap-y-4 sm:grid-cols-[minmax(0,2fr)_8rem_minmax(0,1fr)]">
        <TextInput {...field("host")} mono help="A provider’s new server." placeholder="as it is" />
        <NumberInput {...field("port")} placeholder="as it is" />
        <Select
          {...field("tls")}
          options={[asItIs, ...Object.entries(tlsWords).map(([value, label]) => ({ value, label }))]}
        />
        <Select
          {...field("certificate")}
          options={[
            asItIs,
            { value: "system", label: "Verified by this system" },
            { value: "any", label: "Any, not checked" },
          ]}
        />
        <NumberInput {...field("pollSeconds")} unit="seconds" placeholder="as it is" />
      </div>
      <p className="empty:hidden mt-2 text-stop text-table">{faults["change.settings"]}</p>
      <div className="mt-5 flex gap-2">
        <Button type="submit" kind="primary" busy={busy && "Looking"}>
          Show what will change
        </Button>
        <Button kind="ghost" onClick={onCancel}>
          Cancel
        </Button>
      </div>
    </form>
  );
}
