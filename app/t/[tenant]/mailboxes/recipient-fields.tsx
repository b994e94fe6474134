// Who gets the mail: one address, or whoever the headers name (multi-drop).
"use client";
import { useRef, useState } from "react";
import { get, useFormContext, useWatch } from "react-hook-form";
import { RadioGroup } from "@/app/_ui/choices";
import { TextInput } from "@/app/_ui/inputs";
import { ListInput } from "@/app/_ui/list-input";
import { Section } from "@/app/_ui/page";
import type { RecipientSettings } from "@/domain/mailbox/schema";
import { defaultHeaders } from "@/domain/mailbox/source";
import { labels } from "./labels";
import type { FormValues, MailboxFormProps } from "./mailbox-form";

type Headers = Extract<RecipientSettings, { mode: "headers" }>;
type Single = Extract<RecipientSettings, { mode: "single" }>;

export function RecipientFields({ mayEdit, postmaster }: MailboxFormProps) {
  const {
    setValue,
    getValues,
    formState: { errors },
  } = useFormContext<FormValues>();
  const recipients = useWatch<FormValues, "recipients">({ name: "recipients" });
  // What was filled in for the other mode comes back when somebody changes their mind.
  const other = useRef<FormValues["recipients"] | null>(null);
  const set = (next: FormValues["recipients"]) =>
    setValue("recipients", next, { shouldDirty: true, shouldValidate: Object.keys(errors).length > 0 });
  const choose = (mode: string) => {
    if (mode === recipients.mode) return;
    const back = other.current;
    other.current = recipients;
    set(back ?? (mode === "single" ? { mode: "single", address: "" } : emptyHeaders(String(getValues("username")))));
  };
  const fault = (path: string): string | undefined => {
    const found = get(errors, `recipients.${path}`) as { message?: string } | { message?: string }[] | undefined;
    return Array.isArray(found) ? found.find(Boolean)?.message : found?.message;
  };
  return (
    <Section title="Who gets the mail">
      <RadioGroup
        label="Who gets the mail"
        hideLabel
        name="recipient-mode"
        disabled={!mayEdit}
        chosen={recipients.mode}
        onChange={(event) => choose(event.target.value)}
        options={[
          { value: "single", label: "One person", help: "All mail of this mailbox goes to one address." },
          {
            value: "headers",
            label: "Whoever each mail was sent to",
            help: "A catch-all mailbox: the address is read from the headers that your provider writes.",
          },
        ]}
      />
      {recipients.mode === "single" ? (
        <TextInput
          label="Address"
          id="field-recipients.address"
          mono
          readOnly={!mayEdit}
          placeholder="info@contoso.example"
          value={recipients.address}
          onChange={(event) => set({ ...(recipients as Single), address: event.target.value })}
          error={fault("address")}
        />
      ) : (
        <HeaderFields value={recipients as Headers} set={set} fault={fault} mayEdit={mayEdit} postmaster={postmaster} />
      )}
    </Section>
  );
}

const emptyHeaders = (username: string): Headers => ({
  mode: "headers",
  headers: defaultHeaders,
  domains: username.includes("@") ? [username.slice(username.lastIndexOf("@") + 1)] : [],
  own: username.includes("@") ? [username] : [],
  nobody: "hold",
});

function HeaderFields({
  value,
  set,
  fault,
  mayEdit,
  postmaster,
}: {
  value: Headers;
  set: (next: Headers) => void;
  fault: (path: string) => string | undefined;
  mayEdit: boolean;
  postmaster: string | null;
}) {
  return (
    <>
      <ListInput
        id="field-recipients.domains"
        label={labels["recipients.domains"] ?? ""}
        value={value.domains}
        readOnly={!mayEdit}
        placeholder="contoso.example"
        help="Only addresses of these domains count. Addresses of other domains beside them are left out."
        error={fault("domains")}
        onChange={(domains) => set({ ...value, domains })}
      />
      <ListInput
        id="field-recipients.headers"
        label={labels["recipients.headers"] ?? ""}
        value={value.headers}
        readOnly={!mayEdit}
        help="The first header with an address of yours wins. “To” stands for To, Cc and Resent-To and is tried last."
        error={fault("headers")}
        onChange={(headers) => set({ ...value, headers })}
      />
      <ListInput
        id="field-recipients.own"
        label={labels["recipients.own"] ?? ""}
        value={value.own}
        readOnly={!mayEdit}
        help="Every mail names these, so they tell nothing and are passed over."
        error={fault("own")}
        onChange={(own) => set({ ...value, own })}
      />
      <Nobody value={value} set={set} fault={fault("nobody")} mayEdit={mayEdit} postmaster={postmaster} />
    </>
  );
}

/** Mail that names no address of ours: held, or to the postmaster (as POPcon does), or to another address. */
function Nobody({
  value,
  set,
  fault,
  mayEdit,
  postmaster,
}: {
  value: Headers;
  set: (next: Headers) => void;
  fault: string | undefined;
  mayEdit: boolean;
  postmaster: string | null;
}) {
  const [other, setOther] = useState(value.nobody !== "hold" && value.nobody !== postmaster);
  const chosen = other ? "address" : value.nobody === "hold" ? "hold" : "postmaster";
  const choose = (what: string) => {
    setOther(what === "address");
    set({ ...value, nobody: what === "hold" ? "hold" : what === "postmaster" ? (postmaster ?? "") : "" });
  };
  return (
    <>
      <RadioGroup
        label={labels["recipients.nobody"] ?? ""}
        name="nobody"
        disabled={!mayEdit}
        chosen={chosen}
        onChange={(event) => choose(event.target.value)}
        options={[
          { value: "hold", label: "Hold it until a person decides" },
          ...(postmaster
            ? [{ value: "postmaster", label: "Send it to the postmaster, as POPcon does", help: postmaster }]
            : []),
          { value: "address", label: "Send it to an address" },
        ]}
      />
      {other && (
        <TextInput
          label="Address for mail that names nobody"
          id="field-recipients.nobody"
          mono
          readOnly={!mayEdit}
          value={value.nobody}
          onChange={(event) => set({ ...value, nobody: event.target.value })}
          error={fault}
        />
      )}
    </>
  );
}
