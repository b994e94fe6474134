// Whether all members need a second factor, whatever their role.
"use client";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { Checkbox } from "@/app/_ui/choices";
import { FormFault } from "@/app/_ui/form-fault";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { requireFactor } from "./actions";

interface Props {
  slug: string;
  required: boolean;
  edits: boolean;
  /** who looks is a member, and has none */
  ownMissing: boolean;
}

export function FactorOfAll({ slug, required, edits, ownMissing }: Props) {
  const [chosen, setChosen] = useState(required);
  const [seen, setSeen] = useState(required);
  // What was saved, here or by somebody else, is what is shown; the words and the focus of this form stay.
  if (seen !== required) {
    setSeen(required);
    setChosen(required);
  }
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    setAnswer(await withFresh(() => requireFactor(slug, { required: chosen })).catch(() => unreachable));
    setBusy(false);
  };
  return (
    <section aria-label="Second factor" className="mt-8 grid max-w-[72ch] gap-4">
      <h2 className="font-semibold">Second factor</h2>
      <FormFault answer={answer} />
      <Checkbox
        label="Every member needs one"
        help="Who has none sets one up at the next page they open, before anything else. Without this only those need one whose role does by the platform’s rule."
        disabled={!edits}
        checked={chosen}
        onChange={(event) => {
          setAnswer(null);
          setChosen(event.target.checked);
        }}
      />
      {chosen && !required && ownMissing && (
        <p className="text-soft">You have none yourself: you set one up right after saving.</p>
      )}
      {edits && (
        <div className="flex items-center gap-3">
          <Button onClick={save} busy={busy && "Saving"}>
            Save
          </Button>
          <span aria-live="polite" className="text-soft">
            {chosen === required ? (answer?.ok ? "Saved." : "") : "Changes aren’t saved yet."}
          </span>
        </div>
      )}
    </section>
  );
}

const unreachable = { ok: false, message: "The portal did not answer. Check the connection and try again." } as const;
