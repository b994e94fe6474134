// The dialog's own fields in its own order: where it is, how we speak, whom we tell.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { Checkbox } from "@/app/_ui/choices";
import { NumberInput, TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import { SoftLink } from "@/app/_ui/soft-link";
import { noticeSentence } from "@/domain/notice/wanted";
import type { ExchangeFormProps, FormValues } from "./exchange-form";
import { labels, notifyLabels } from "./labels";

export function MainFields({
  slug,
  acceptsUnknown,
  workerName,
  mayEdit,
}: ExchangeFormProps & { acceptsUnknown: boolean }) {
  const {
    register,
    setValue,
    formState: { errors },
  } = useFormContext<FormValues>();
  const tls = useWatch<FormValues, "tls">({ name: "tls" });
  const readOnly = !mayEdit;
  const locked = tls === "require" || tls === "implicit";
  return (
    <>
      <Section title="Where it is">
        <TextInput
          label={labels.host}
          id="field-host"
          mono
          readOnly={readOnly}
          placeholder="mail.contoso.example"
          help="Name or IP address, as the worker's network knows it."
          error={errors.host?.message}
          {...register("host")}
        />
        <NumberInput
          label={labels.port}
          id="field-port"
          readOnly={readOnly}
          help="25 for a receive connector, 587 for sign-in with a user name, 465 for implicit TLS."
          error={errors.port?.message}
          {...register("port")}
        />
      </Section>
      <Section title="How we speak">
        <Checkbox
          label="Allow StartTLS"
          id="field-tls"
          checked={tls !== "off"}
          disabled={readOnly || locked}
          onChange={(event) =>
            setValue("tls", event.target.checked ? "allow" : "off", { shouldDirty: true, shouldValidate: true })
          }
          help={tlsHelp(tls)}
          error={errors.tls?.message}
        />
        <NumberInput
          label={labels.timeoutSeconds}
          id="field-timeoutSeconds"
          unit="seconds"
          readOnly={readOnly}
          help="For connecting and for each answer. The answer to a mail's end is always waited for at least 10 minutes, because Exchange answers late on purpose while it copies the mail."
          error={errors.timeoutSeconds?.message}
          {...register("timeoutSeconds")}
        />
        <NumberInput
          label={labels.retryMinutes}
          id="field-retryMinutes"
          unit="minutes"
          readOnly={readOnly}
          help="How long a mail waits after a temporary refusal, and how often a server that is down is tried. When it is back, its mail goes at once."
          error={errors.retryMinutes?.message}
          {...register("retryMinutes")}
        />
        <TextInput
          label={labels.heloDomain}
          id="field-heloDomain"
          mono
          readOnly={readOnly}
          placeholder={workerName ?? "the worker's name"}
          help="The name that Mailferry introduces itself with. Empty: the worker's own name, shown in grey."
          error={errors.heloDomain?.message}
          {...register("heloDomain")}
        />
      </Section>
      <Section title="Whom we tell">
        <TextInput
          label={labels.postmaster}
          id="field-postmaster"
          mono
          type="email"
          readOnly={readOnly}
          placeholder="postmaster@contoso.example"
          help="Gets the notices ticked below, through this very server."
          error={errors.postmaster?.message}
          {...register("postmaster")}
        />
        <NotifyBoxes slug={slug} readOnly={readOnly} acceptsUnknown={acceptsUnknown} />
      </Section>
    </>
  );
}

function tlsHelp(tls: FormValues["tls"]) {
  switch (tls) {
    case "off":
      return "Mail goes unencrypted. Right only for a server in a network that is yours.";
    case "allow":
      return "Encrypts when the server offers it. If encrypting then fails, the mail waits: it never falls back to clear text.";
    case "require":
      return "Ticked and locked by Advanced → Encryption: a server that doesn't offer StartTLS gets no mail.";
    case "implicit":
      return "Ticked and locked by Advanced → Encryption: the connection is encrypted from its first byte.";
  }
}

function NotifyBoxes({ slug, readOnly, acceptsUnknown }: { slug: string; readOnly: boolean; acceptsUnknown: boolean }) {
  const { setValue } = useFormContext<FormValues>();
  const notify = useWatch<FormValues, "notify">({ name: "notify" });
  const box = (key: keyof FormValues["notify"]) => (
    <Checkbox
      key={key}
      label={notifyLabels[key]}
      id={`field-notify.${key}`}
      checked={notify[key]}
      disabled={readOnly}
      onChange={(event) => setValue(`notify.${key}`, event.target.checked, { shouldDirty: true })}
      help={
        key === "unknownRecipient" && acceptsUnknown ? (
          <span className="text-needs">
            ▲ This server accepts unknown addresses: you will get no such notice.{" "}
            <SoftLink href={`/t/${slug}/exchange/prepare#recipients`} className="underline">
              How to change that in Exchange
            </SoftLink>
          </span>
        ) : undefined
      }
    />
  );
  return (
    <fieldset className="grid gap-3">
      <legend className="mb-3 font-medium">Notification Options</legend>
      {(["spam", "unknownRecipient", "badmail", "collecting"] as const).map(box)}
      <p aria-live="polite" className="border-accent border-l-2 pl-3 text-soft">
        {noticeSentence(notify)}
      </p>
    </fieldset>
  );
}
