// Adds a passkey: a name, then the device's own dialog.
"use client";
import { useEffect, useState } from "react";
import { addPasskey, offerPasskey } from "@/app/account/actions";
import type { Added } from "@/domain/person/second-factor";
import { Button } from "./button";
import { withFresh } from "./fresh-sign-in";
import { TextInput } from "./inputs";
import { hasPasskeys, makePasskey } from "./passkey";

export function SetUpPasskey({
  device,
  named,
  onAdded,
}: {
  /** this device in words: what the passkey is called unless somebody types another name */
  device: string;
  /** the portal is opened by a name; passkeys belong to one */
  named: boolean;
  onAdded: (added: Added) => void;
}) {
  const [name, setName] = useState(device);
  const [fault, setFault] = useState("");
  const [busy, setBusy] = useState("");
  const [able, setAble] = useState(true);
  useEffect(() => setAble(hasPasskeys()), []);
  if (!named || !able)
    return (
      <p className="text-soft">
        {named
          ? "This browser has no passkeys here: they need https, or a newer browser."
          : "Passkeys belong to a name, and Mailferry is opened by an address here. Give it a name (MAILFERRY_URL) to use them."}
      </p>
    );
  const add = async () => {
    setBusy("Waiting for the device");
    const words = await adding(name, onAdded).catch(() => "The portal did not answer. Try again.");
    setBusy("");
    setFault(words);
  };
  return (
    <form
      noValidate
      className="grid max-w-[420px] gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
    >
      <TextInput
        label="Name of the new passkey"
        help="So that you know it in this list."
        value={name}
        maxLength={60}
        onChange={(event) => setName(event.target.value)}
        error={fault || undefined}
      />
      <div>
        <Button type="submit" busy={busy}>
          Add a passkey
        </Button>
      </div>
    </form>
  );
}

/** Answers a sentence where it did not work, else nothing. */
async function adding(name: string, onAdded: (added: Added) => void): Promise<string> {
  const offer = await withFresh(() => offerPasskey({}));
  if (!offer.ok) return offer.message;
  const made = await makePasskey(offer.data);
  if (typeof made === "string") return made;
  const added = await addPasskey({ name, response: made });
  if (!added.ok) return added.fields?.name ?? added.message;
  onAdded(added.data);
  return "";
}
