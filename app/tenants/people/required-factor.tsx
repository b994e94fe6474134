// Which roles need a second factor, with how many people have none.
"use client";
import { useState } from "react";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { Checkbox } from "@/app/_ui/choices";
import { FormFault } from "@/app/_ui/form-fault";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { roleNames } from "@/app/_ui/role-words";
import { type Role, roles } from "@/domain/access";
import type { RequiredFactor as Required } from "@/domain/platform/second-factor";
import { requireFactor } from "../actions";

export function RequiredFactor({ required, ownFactor }: { required: Required; ownFactor: boolean }) {
  const [chosen, setChosen] = useState<readonly Role[]>(required.roles);
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [busy, setBusy] = useState(false);
  const added = chosen.filter((role) => !required.roles.includes(role));
  const same = added.length === 0 && chosen.length === required.roles.length;
  const save = async () => {
    setBusy(true);
    setAnswer(await withFresh(() => requireFactor({ roles: [...chosen] })).catch(() => unreachable));
    setBusy(false);
  };
  return (
    <section aria-label="Second factor" className="grid gap-4 border-line border-t pt-6">
      <div>
        <h2 className="font-semibold">Who needs a second factor</h2>
        <p className="mt-1 max-w-[72ch] text-soft">
          Counts for platform roles and for roles in a tenant. Who has none sets one up at the next page they open,
          before anything else.
        </p>
      </div>
      <FormFault answer={answer} />
      <div className="grid gap-2">
        {[...roles].reverse().map((role) => (
          <Checkbox
            key={role}
            label={`${roleNames[role]}s`}
            help={withoutWords(required.without[role])}
            checked={chosen.includes(role)}
            onChange={(event) =>
              setChosen(event.target.checked ? [...chosen, role] : chosen.filter((one) => one !== role))
            }
          />
        ))}
      </div>
      {added.includes("admin") && !ownFactor && (
        <p className="text-soft">You have none yourself: you set one up right after saving.</p>
      )}
      <div className="flex items-center gap-3">
        <Button kind="primary" onClick={save} busy={busy && "Saving"}>
          Save
        </Button>
        <span aria-live="polite" className="text-soft">
          {same ? (answer?.ok ? "Saved." : "") : "Changes aren’t saved yet."}
        </span>
      </div>
    </section>
  );
}

const unreachable = { ok: false, message: "The portal did not answer. Check the connection and try again." } as const;

const withoutWords = (count: number) =>
  count === 0
    ? "Nobody with this role is without one."
    : count === 1
      ? "1 person has none."
      : `${count.toLocaleString("en")} people have none.`;
