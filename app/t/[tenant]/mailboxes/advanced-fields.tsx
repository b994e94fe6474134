// What is under Advanced: the certificate, unknown addresses, limits.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { Checkbox, RadioGroup } from "@/app/_ui/choices";
import { NumberInput, TextInput } from "@/app/_ui/inputs";
import { labels } from "./labels";
import type { FormValues, MailboxFormProps } from "./mailbox-form";

export function AdvancedFields({ mayEdit }: MailboxFormProps) {
  const {
    register,
    setValue,
    formState: { errors },
  } = useFormContext<FormValues>();
  const paused = useWatch<FormValues, "paused">({ name: "paused" });
  const number = (name: "timeoutSeconds" | "maxPerPoll" | "renumberLimit", help: string, unit?: string) => (
    <NumberInput
      label={labels[name] ?? name}
      id={`field-${name}`}
      unit={unit}
      readOnly={!mayEdit}
      help={help}
      error={errors[name]?.message}
      {...register(name)}
    />
  );
  return (
    <>
      <Certificate mayEdit={mayEdit} />
      <TextInput
        label={labels.rerouteUnknownTo ?? ""}
        id="field-rerouteUnknownTo"
        mono
        type="email"
        readOnly={!mayEdit}
        help="Where a mail goes, once, when Exchange does not know its address. Empty: to BADMAIL."
        error={errors.rerouteUnknownTo?.message}
        {...register("rerouteUnknownTo")}
      />
      {number("timeoutSeconds", "How long to wait for each of the server's answers.", "seconds")}
      {number("maxPerPoll", "If more are there, the next session follows at once, after other mailboxes that are due.")}
      {number(
        "renumberLimit",
        "If more mails than this are suddenly new, collecting stops and asks: the provider may have renumbered them.",
        "mails",
      )}
      <Checkbox
        label={labels.paused ?? ""}
        id="field-paused"
        checked={paused}
        disabled={!mayEdit}
        onChange={(event) => setValue("paused", event.target.checked, { shouldDirty: true })}
        help="Mail stays at the provider until you start it again."
      />
    </>
  );
}

function Certificate({ mayEdit }: { mayEdit: boolean }) {
  const {
    register,
    setValue,
    formState: { errors, defaultValues },
  } = useFormContext<FormValues>();
  const certificate = useWatch<FormValues, "certificate">({ name: "certificate" });
  const pinned = certificate !== "any" && certificate !== "system";
  const saved = defaultValues?.certificate ?? "";
  const set = (value: string) =>
    setValue("certificate", value, { shouldDirty: true, shouldValidate: value !== "sha256:" });
  return (
    <>
      <RadioGroup
        label="Certificate"
        name="certificateRule"
        disabled={!mayEdit}
        chosen={pinned ? "pin" : certificate}
        error={pinned ? undefined : errors.certificate?.message}
        onChange={(event) =>
          set(event.target.value === "pin" ? (saved.startsWith("sha256:") ? saved : "sha256:") : event.target.value)
        }
        options={[
          { value: "system", label: "Verified by this system", help: "Made by a known authority for the host's name." },
          {
            value: "pin",
            label: "This one only",
            help: "Test and press “Trust this one”, or paste its SHA-256 fingerprint.",
          },
          { value: "any", label: "Any", help: "Not checked: whoever sits in between can read the password." },
        ]}
      />
      {pinned && (
        <TextInput
          label="Fingerprint (SHA-256)"
          id="field-certificate"
          mono
          readOnly={!mayEdit}
          error={errors.certificate?.message}
          {...register("certificate")}
        />
      )}
    </>
  );
}
