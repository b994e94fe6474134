// A new mailbox begins with its address: it fills in what was left empty, and known providers' servers are offered for it.
"use client";
import { useRef, useState } from "react";
import { get, useFormContext } from "react-hook-form";
import { Select, TextInput } from "@/app/_ui/inputs";
import { late } from "@/app/_ui/late";
import type { FormValues } from "./mailbox-form";

// The table of providers is as long as a form; whoever comes to this field gets it.
type Known = typeof import("@/domain/mailbox/provider");
const Offer = late(() => import("./offer").then((module) => module.Offer));

/** What an address says by itself, without any server's name. */
const saidBy = (known: Known | null, address: string) => ({
  name: address.slice(0, address.lastIndexOf("@")).slice(0, 64),
  username: known ? known.userNameAt(known.providerOf(address), address) : address,
});

/** `soleRecipient`: this form doesn't ask who gets the mail, so its fault stands here. */
export function AddressField({ soleRecipient = false }: { soleRecipient?: boolean }) {
  const {
    setValue,
    getValues,
    formState: { errors },
  } = useFormContext<FormValues>();
  const [address, setAddress] = useState("");
  const [chosen, setChosen] = useState("");
  const before = useRef({ name: "", username: "", recipient: "" });
  const [known, setKnown] = useState<Known | null>(null);
  const ofAddress = known?.providerOf(address) ?? null;
  const provider = ofAddress ?? known?.providers.find(({ name }) => name === chosen) ?? null;
  const latest = useRef("");
  const learn = async () => {
    const table = known ?? (await import("@/domain/mailbox/provider").catch(() => null));
    if (known || !table) return;
    setKnown(table);
    fillIn(table, latest.current);
  };
  const type = (text: string) => {
    latest.current = text.trim();
    setAddress(latest.current);
    fillIn(known, latest.current);
  };
  const fillIn = (table: Known | null, typed: string) => {
    const next = { ...(typed.includes("@") ? saidBy(table, typed) : { name: "", username: "" }), recipient: typed };
    // What somebody typed into these fields stays: only what came from here follows.
    for (const key of ["name", "username"] as const)
      if (getValues(key) === before.current[key]) setValue(key, next[key], { shouldDirty: true });
    const recipients = getValues("recipients");
    if (recipients.mode === "single" && recipients.address === before.current.recipient)
      setValue("recipients", { mode: "single", address: typed }, { shouldDirty: true });
    before.current = next;
  };
  const fault = get(errors, "recipients.address") !== undefined;
  return (
    <>
      <TextInput
        label="Mailbox address"
        id={soleRecipient ? "field-recipients.address" : "field-mailbox-address"}
        mono
        type="email"
        autoComplete="off"
        placeholder="info@contoso.example"
        help="Fills in what is still empty below, and finds the servers of known providers."
        error={soleRecipient && fault ? "Give the mailbox's address, like info@contoso.example." : undefined}
        value={address}
        onFocus={() => void learn()}
        onChange={(event) => type(event.target.value)}
      />
      {known && address.includes("@") && !ofAddress && (
        <Select
          label="Provider"
          help="An address of your own domain does not tell who runs the mailbox. Choose, or type the host below."
          value={chosen}
          onChange={(event) => setChosen(event.target.value)}
          options={[
            { value: "", label: "Another one" },
            ...known.providers.map(({ name }) => ({ value: name, label: name })),
          ]}
        />
      )}
      {provider && <Offer provider={provider} address={address} />}
    </>
  );
}
