// A rule's fields: its name, when it acts, what it does then, and where a new one stands.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { Checkbox } from "@/app/_ui/choices";
import { Select, TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import type { FormValues, RuleFormProps } from "./rule-form";
import { ThenFields } from "./then-fields";
import { useFault } from "./use-fault";
import { WhenFields } from "./when-fields";

type Props = Pick<RuleFormProps, "stored" | "others" | "mailboxes"> & { onPlace: () => void };

export function RuleFields({ stored, others, mailboxes, onPlace }: Props) {
  const { register, setValue } = useFormContext<FormValues>();
  const fault = useFault();
  const rule = useWatch<FormValues, "rule">({ name: "rule" });
  const place = useWatch<FormValues, "place">({ name: "place" });
  const ends = "hold" in rule.then || "discard" in rule.then;
  return (
    <>
      <Section title="Name">
        <TextInput
          label="Name"
          hideLabel
          id="field-rule.name"
          placeholder="Invoices go to accounting"
          help="A mail's journey names the rules that acted on it."
          error={fault("rule.name")}
          {...register("rule.name")}
        />
      </Section>
      <WhenFields mailboxes={mailboxes.map(({ name }) => name)} />
      <ThenFields />
      <Section title="After it">
        <Checkbox
          label="Go on with the rules after it"
          checked={rule.continue === true}
          onChange={(event) => setValue("rule.continue", event.target.checked, { shouldDirty: true })}
          help={
            ends
              ? "For a recipient for whom a mail is held or discarded no later rule is asked."
              : "They see what it made of the mail. Without this, the first rule that fits decides."
          }
        />
        {!stored && others.length > 0 && (
          <Select
            label="Where it stands"
            id="field-place"
            value={place === null ? "" : String(place)}
            error={fault("place")}
            onChange={(event) => {
              setValue("place", event.target.value === "" ? null : Number(event.target.value), { shouldDirty: true });
              onPlace();
            }}
            options={[
              { value: "", label: "After all others" },
              { value: "0", label: "Before all others" },
              ...others.slice(0, -1).map(({ name }, n) => ({ value: String(n + 1), label: `After ${n + 1}. ${name}` })),
            ]}
            help="Rules are asked in their order."
          />
        )}
      </Section>
    </>
  );
}
