// What happens to the mail at the provider: what is there now, what follows after collecting, and how often we look.
"use client";
import { useFormContext, useWatch } from "react-hook-form";
import { RadioGroup } from "@/app/_ui/choices";
import { NumberInput, TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import { longTime } from "@/app/_ui/time";
import { sizeWords } from "@/domain/size-words";
import type { Found } from "./found";
import { labels } from "./labels";
import type { FormValues, MailboxFormProps } from "./mailbox-form";

export function StartFields({ mailbox, mayEdit, today, found, zone }: MailboxFormProps & { found: Found }) {
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
          ? `The test found ${found.count.atLeast ? "at least " : ""}${found.count.count === 1 ? "1 mail" : `${found.count.count} mails`} (${sizeWords(found.count.bytes)}) there.`
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
          help={`${momentWords(start, zone)}A day like 2026-11-01, which begins at midnight in ${zone}, or an instant with its zone like 2026-11-27T18:00+01:00.`}
          error={errors.start?.message}
          {...register("start")}
        />
      )}
    </Section>
  );
}

/** What is stored of "from now on" is an instant in UTC. */
const momentWords = (start: string, zone: string) =>
  /^[\d-]+T[\d:.]+(Z|[+-]\d{2}:\d{2})$/.test(start) && !Number.isNaN(Date.parse(start))
    ? `That is ${longTime(start, zone)}. `
    : "";

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
