// Where the mailbox is and how to sign in. Ports follow protocol and encryption as long as nobody chose another.
"use client";
import type { ReactNode } from "react";
import { useFormContext, useWatch } from "react-hook-form";
import { RadioGroup } from "@/app/_ui/choices";
import { NumberInput, Select, TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import { PasswordInput } from "@/app/_ui/password-input";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { defaultSourcePort, sourcePasswordNeededAgain } from "@/domain/mailbox/source";
import { labelOf, labels } from "./labels";
import type { FormValues, MailboxFormProps } from "./mailbox-form";

export function PlaceFields({ mailbox, mayEdit, address }: MailboxFormProps) {
  const {
    register,
    setValue,
    getValues,
    formState: { errors },
  } = useFormContext<FormValues>();
  const protocol = useWatch<FormValues, "protocol">({ name: "protocol" });
  const tls = useWatch<FormValues, "tls">({ name: "tls" });
  const move = (next: { protocol?: FormValues["protocol"]; tls?: FormValues["tls"] }) => {
    const usual = Number(getValues("port")) === defaultSourcePort(protocol, tls);
    if (usual) setValue("port", defaultSourcePort(next.protocol ?? protocol, next.tls ?? tls), { shouldDirty: true });
    if (next.protocol) setValue("protocol", next.protocol, { shouldDirty: true });
    if (next.tls) setValue("tls", next.tls, { shouldDirty: true });
  };
  return (
    <Section title="Where it is">
      {address}
      <TextInput
        label={labels.name ?? ""}
        id="field-name"
        readOnly={!mayEdit}
        placeholder="info"
        help="What you call it here. It can be renamed at any time."
        error={errors.name?.message}
        {...register("name")}
      />
      <RadioGroup
        label="Protocol"
        name="protocol"
        disabled={!mayEdit}
        options={[
          { value: "imap", label: "IMAP" },
          { value: "pop3", label: "POP3" },
        ]}
        chosen={protocol}
        onChange={(event) => move({ protocol: event.target.value === "pop3" ? "pop3" : "imap" })}
      />
      <TextInput
        label="Host"
        id="field-host"
        mono
        readOnly={!mayEdit}
        placeholder={protocol === "pop3" ? "pop.provider.example" : "imap.provider.example"}
        error={errors.host?.message}
        {...register("host")}
      />
      <Select
        label="Encryption"
        id="field-tls"
        disabled={!mayEdit}
        value={tls}
        onChange={(event) => {
          const value = event.target.value;
          move({ tls: value === "off" || value === "starttls" ? value : "implicit" });
        }}
        options={[
          { value: "implicit", label: "Implicit TLS" },
          { value: "starttls", label: "StartTLS" },
          { value: "off", label: "None" },
        ]}
        help={tlsHelp[tls]}
        error={errors.tls?.message}
      />
      <NumberInput
        label="Port"
        id="field-port"
        readOnly={!mayEdit}
        help={`${defaultSourcePort(protocol, tls)} is usual here.`}
        error={errors.port?.message}
        {...register("port")}
      />
      <TextInput
        label="User name"
        id="field-username"
        mono
        readOnly={!mayEdit}
        help="Often the whole address."
        error={errors.username?.message}
        {...register("username")}
      />
      <Password mailbox={mailbox} mayEdit={mayEdit} />
      {protocol === "imap" && (
        <TextInput
          label="Folder"
          id="field-folder"
          mono
          readOnly={!mayEdit}
          error={errors.folder?.message}
          {...register("folder")}
        />
      )}
    </Section>
  );
}

const tlsHelp: Record<FormValues["tls"], ReactNode> = {
  implicit: "Encrypted from the first byte. Other programs call it SSL or SSL/TLS; most providers want it.",
  starttls:
    "Begins in clear text and is encrypted before the password is sent. A server without it is not signed in to.",
  off: (
    <span className="text-needs">▲ The password and all mail of this mailbox go over the network in clear text.</span>
  ),
};

function Password({ mailbox, mayEdit }: Pick<MailboxFormProps, "mailbox" | "mayEdit">) {
  const {
    register,
    formState: { errors },
  } = useFormContext<FormValues>();
  const values = useWatch<FormValues>() as FormValues;
  // The port may still be text while it is typed; nothing else decides about the password.
  const now = { ...(values as MailboxSettings), port: Number(values.port) };
  const again = mailbox?.hasPassword ? sourcePasswordNeededAgain(mailbox.settings, now) : [];
  return (
    <PasswordInput
      label="Password"
      id="field-password"
      readOnly={!mayEdit}
      placeholder={mailbox?.hasPassword ? "stored: leave empty to keep it" : ""}
      help={
        again.length > 0 && !values.password
          ? `${again.map(labelOf).join(" and ")} changed: give the password again, it is used only where it was saved for.`
          : undefined
      }
      error={errors.password?.message}
      {...register("password")}
    />
  );
}
