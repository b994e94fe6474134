// The form of a tenant's own settings.
"use client";
import { useRouter } from "next/navigation";
import { useForm } from "react-hook-form";
import { Button } from "@/app/_ui/button";
import { checkedBy } from "@/app/_ui/checked-by";
import { filled } from "@/app/_ui/filled";
import { FormFault } from "@/app/_ui/form-fault";
import { NumberInput, TextInput } from "@/app/_ui/inputs";
import { Section } from "@/app/_ui/page";
import { ReadOnlyNote } from "@/app/_ui/read-only-note";
import { TimeZoneInput } from "@/app/_ui/time-zone-input";
import { UnsavedGuard } from "@/app/_ui/unsaved-guard";
import { useAnswerForm } from "@/app/_ui/use-answer-form";
import type { OwnSettings } from "@/domain/tenant/store";
import { saveSettings } from "./actions";

const checked = checkedBy(() => import("@/domain/tenant/schema-edit").then((schema) => schema.ownSettingsEdit));

interface Props {
  slug: string;
  settings: OwnSettings;
  zones: string[];
  /** nothing can be changed in a closed tenant */
  mayEdit: boolean;
}

export function SettingsForm({ slug, settings, zones, mayEdit }: Props) {
  const router = useRouter();
  const form = useForm({ resolver: checked, defaultValues: settings });
  const { formState } = form;
  const register = filled(form);
  const { errors, isDirty } = formState;
  const { submit, answer, busy } = useAnswerForm(
    form,
    (values) => saveSettings(slug, values),
    ({ version }, values) => {
      form.reset({ ...values, version });
      router.refresh();
    },
  );
  return (
    <form onSubmit={submit} noValidate>
      <UnsavedGuard when={isDirty && !busy} />
      {answer && !answer.ok && (
        <div className="mb-6">
          <FormFault answer={answer} />
          {answer.conflict && (
            <Button className="mt-2" onClick={() => location.reload()}>
              Show what was saved (yours is discarded)
            </Button>
          )}
        </div>
      )}
      {!mayEdit && <ReadOnlyNote closed />}
      <fieldset disabled={!mayEdit} className="contents">
        <Section title="Names and times">
          <TextInput label="Name" {...register("name")} error={errors.name?.message} />
          <TimeZoneInput zones={zones} {...register("timeZone")} error={errors.timeZone?.message} />
          <TextInput
            label="Contact"
            help="A line that closes each notice, for example whom to call. May be empty."
            {...register("contact")}
            error={errors.contact?.message}
          />
        </Section>
        <Section title="How long mails are kept">
          <NumberInput
            label="Bodies of delivered mail"
            unit="hours"
            help="0 to 720. After that only who, when and what Exchange said remains, for 90 days."
            {...register("retention.deliveredHours")}
            error={errors.retention?.deliveredHours?.message}
          />
          <NumberInput
            label="BADMAIL and held mail"
            unit="days"
            help="0: such mails stay until a person decides. With a number, the postmaster is told 7 days before any is removed."
            {...register("retention.badmailDays")}
            error={errors.retention?.badmailDays?.message}
          />
        </Section>
      </fieldset>
      {mayEdit && (
        <div className="sticky bottom-0 flex items-center gap-3 border-line border-t bg-page py-3 max-md:bottom-14">
          <Button type="submit" kind="primary" busy={busy && "Saving"}>
            Save
          </Button>
          <span aria-live="polite" className="text-soft">
            {isDirty ? "Changes aren’t saved yet." : answer?.ok ? "Saved." : ""}
          </span>
        </div>
      )}
    </form>
  );
}
