// What happens to the mail at the provider: what is there now, what follows after collecting, and how often we look.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { Checkbox, RadioGroup } from "@/app/_ui/choices";
import { NumberInput, TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import type { Found } from "./found";
import { labels } from "./labels";
import type { FormValues, MailboxFormProps } from "./mailbox-form";
import { sizeWords } from "./state-words";

export function StartFields({ mailbox, mayEdit, today, found }: MailboxFormProps & { found: Found }) {
  const {
    register,
    setValue,
    formState: { errors },
  } = useFormContext<FormValues>();
  const start = useWatch<FormValues, "start">({ name: "start" });
  const since = start !== "all" && start !== "now";
  const set = (value: string) => setValue("start", value, { shouldDirty: true, shouldValidate: true });
  const onlyAll = found.onlyAll;
  const why = onlyAll ? "This server can't tell old mail from new, so only “all” is possible." : undefined;
  return (
    <Section
      title={labels.start ?? ""}
      help={
        found.count
          ? `The test found ${found.count.atLeast ? "at least " : ""}${found.count.count} mails (${sizeWords(found.count.bytes)}) there.`
          : mailbox
            ? "What is left out stays in the mailbox, and is listed here."
            : "Press Test to see how many mails are there before you decide. What is left out stays there, and is listed here."
      }
    >
      <RadioGroup
        label={labels.start ?? ""}
        hideLabel
        name="start-choice"
        disabled={!mayEdit}
        chosen={since ? "since" : start}
        onChange={(event) => set(event.target.value === "since" ? today : event.target.value)}
        error={since ? undefined : errors.start?.message}
        help={why}
        options={[
          { value: "all", label: "Collect all of it" },
          {
            value: "now",
            label: "Only what is new from now on",
            disabled: onlyAll,
            help: "From the moment of saving.",
          },
          { value: "since", label: "What was received since …", disabled: onlyAll },
        ]}
      />
      {since && (
        <TextInput
          label="Received since"
          id="field-start"
          mono
          readOnly={!mayEdit}
          help="A day like 2026-11-01, or an instant with its zone like 2026-11-27T18:00+01:00."
          error={errors.start?.message}
          {...register("start")}
        />
      )}
    </Section>
  );
}

export function HandlingFields({ mayEdit }: MailboxFormProps) {
  const {
    register,
    formState: { errors },
  } = useFormContext<FormValues>();
  const after = useWatch<FormValues, "after">({ name: "after" });
  return (
    <Section title="After collecting">
      <RadioGroup
        label={labels.after ?? ""}
        hideLabel
        disabled={!mayEdit}
        error={errors.after?.message}
        options={[
          { value: "delete", label: "Delete it there", help: "Only after it is stored safely here." },
          { value: "keep-days", label: "Delete it there after some days" },
          { value: "keep", label: "Keep it there" },
        ]}
        {...register("after")}
      />
      {after === "keep-days" && (
        <NumberInput
          label={labels.keepDays ?? ""}
          id="field-keepDays"
          unit="days"
          readOnly={!mayEdit}
          error={errors.keepDays?.message}
          {...register("keepDays")}
        />
      )}
      <NumberInput
        label={labels.pollSeconds ?? ""}
        id="field-pollSeconds"
        unit="seconds"
        readOnly={!mayEdit}
        help="At least 30. Some providers refuse more than one sign-in in 5 or 10 minutes."
        error={errors.pollSeconds?.message}
        {...register("pollSeconds")}
      />
    </Section>
  );
}

export function AdvancedFields({
  mayEdit,
  open,
  onOpen,
}: MailboxFormProps & { open: boolean; onOpen: (open: boolean) => void }) {
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
    <details
      open={open}
      onToggle={(event) => onOpen(event.currentTarget.open)}
      className="group border-line border-t py-5"
    >
      <summary className="cursor-pointer select-none font-semibold marker:text-soft">
        Advanced
        <span className="ml-2 font-normal text-soft group-open:hidden">certificate, unknown addresses, limits</span>
      </summary>
      <div className="mt-5 grid gap-5">
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
        {number(
          "maxPerPoll",
          "If more are there, the next session follows at once, after other mailboxes that are due.",
        )}
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
      </div>
    </details>
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
