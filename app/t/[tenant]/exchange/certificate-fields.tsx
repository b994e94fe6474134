// Which certificate the server may show: any, one that this system verifies, or one that a person trusted.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { RadioGroup } from "@/app/_ui/choices";
import { TextInput } from "@/app/_ui/inputs";
import type { FormValues } from "./exchange-form";
import { labels } from "./labels";

export function Certificate({ mayEdit }: { mayEdit: boolean }) {
  const {
    register,
    setValue,
    formState: { errors, defaultValues },
  } = useFormContext<FormValues>();
  const certificate = useWatch<FormValues, "certificate">({ name: "certificate" });
  const host = useWatch<FormValues, "host">({ name: "host" });
  const pinned = certificate !== "any" && certificate !== "system";
  const saved = defaultValues?.certificate ?? "";
  const set = (value: string) =>
    setValue("certificate", value, { shouldDirty: true, shouldValidate: value !== "sha256:" });
  return (
    <>
      <RadioGroup
        label={labels.certificate}
        name="certificateRule"
        disabled={!mayEdit}
        options={[
          {
            value: "any",
            label: "Any",
            help: "Encrypted, but not checked: Exchange comes with a certificate of its own making.",
          },
          { value: "system", label: "Verified by this system", help: "Made by a known authority for the name below." },
          {
            value: "pin",
            label: "This one only",
            help: "Test the settings and press “Trust this one”, or paste its SHA-256 fingerprint.",
          },
        ]}
        chosen={pinned ? "pin" : certificate}
        onChange={(event) =>
          set(event.target.value === "pin" ? (saved.startsWith("sha256:") ? saved : "sha256:") : event.target.value)
        }
        error={pinned ? undefined : errors.certificate?.message}
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
      {certificate === "system" && (
        <TextInput
          label={labels.certificateName}
          id="field-certificateName"
          mono
          readOnly={!mayEdit}
          placeholder={host || "mail.contoso.example"}
          help="Empty: the name in Exchange Server."
          error={errors.certificateName?.message}
          {...register("certificateName")}
        />
      )}
    </>
  );
}
