// The form beside its conversation: fields in the order of the dialog, Save and Test in a bar that stays in view.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import type { Answer } from "@/app/_server/answer";
import { Advanced } from "@/app/_ui/advanced";
import { Button } from "@/app/_ui/button";
import { checkedBy } from "@/app/_ui/checked-by";
import { Conversation } from "@/app/_ui/conversation";
import { FaultList } from "@/app/_ui/fault-list";
import { filled } from "@/app/_ui/filled";
import { withFresh } from "@/app/_ui/fresh-sign-in";
import { late } from "@/app/_ui/late";
import { ReadOnlyNote } from "@/app/_ui/read-only-note";
import { Banner } from "@/app/_ui/state";
import { TestPane } from "@/app/_ui/test-pane";
import { longTime } from "@/app/_ui/time";
import { typedValues } from "@/app/_ui/typed-values";
import { UnsavedGuard } from "@/app/_ui/unsaved-guard";
import { useGoOn } from "@/app/_ui/use-go-on";
import { useProbe } from "@/app/_ui/use-probe";
import { useSaveKey } from "@/app/_ui/use-save-key";
import type { ExchangeEdit, ExchangeInput } from "@/domain/exchange/schema";
import { save, stopTest, test } from "./actions";
import { type Arrival, Arrived } from "./arrived";
import { advanced, labelOf } from "./labels";
import { MainFields } from "./main-fields";
import type { PageExchange } from "./page-exchange";
import { Warnings } from "./warnings";
import { WhatTestDoes } from "./what-test-does";

// Rarely seen, so fetched when they are.
const fetchAdvanced = () => import("./advanced-fields").then((module) => module.AdvancedFields);
const AdvancedFields = late(fetchAdvanced);
const ConflictPanel = late(() => import("./conflict-panel").then((module) => module.ConflictPanel));
const MoreOfVerdict = late(() => import("./more-of-verdict").then((module) => module.MoreOfVerdict));

const checked = checkedBy(() => import("@/domain/exchange/schema").then((schema) => schema.exchangeEdit));

export type FormValues = ExchangeInput;

export interface ExchangeFormProps {
  slug: string;
  initial: PageExchange;
  arrival: Arrival;
  workerName: string | null;
  zone: string;
  mayEdit: boolean;
  closed: boolean;
  mayTest: boolean;
  /** in the setting up: where to go on after saving */
  onward?: string;
}

export const valuesOf = ({ settings, version }: PageExchange): FormValues => ({
  ...settings,
  password: "",
  forgetPassword: false,
  version,
});

export function ExchangeForm(props: ExchangeFormProps) {
  const { slug, initial, mayEdit, mayTest, onward } = props;
  const router = useRouter();
  const [going, goOn] = useGoOn();
  const [base, setBase] = useState(initial);
  const form = useForm<FormValues, unknown, ExchangeEdit>({
    resolver: checked,
    defaultValues: valuesOf(initial),
    shouldFocusError: true,
  });
  const { isDirty, errors, isSubmitting } = form.formState;
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [said, setSaid] = useState<{ at: string; warnings: string[] } | null>(null);
  const [open, setOpen] = useState(false);
  const probe = useProbe(slug);
  const tested = useRef("");
  const testedPostmaster = useRef("");
  const testing = useRef<{ show(): void }>(null);
  const values = typedValues(useWatch({ control: form.control }));
  const chosen = useWatch({ control: form.control, name: "certificate" });

  // Values that others saved (a pause, a trusted certificate) come in by themselves while nothing is typed here.
  useEffect(() => {
    if (initial.version <= base.version || isDirty) return;
    setBase(initial);
    form.reset(valuesOf(initial));
  }, [initial, base.version, isDirty, form]);

  useEffect(() => {
    if (Object.keys(errors).some((field) => advanced.has(field))) setOpen(true);
  }, [errors]);

  const showFaults = (fields: Record<string, string> | undefined) => {
    for (const [index, [path, message]] of Object.entries(fields ?? {}).entries()) {
      if (advanced.has(path)) setOpen(true);
      form.setError(path as keyof FormValues, { type: "server", message }, { shouldFocus: index === 0 });
    }
  };

  const onSave = async (edit: ExchangeEdit) => {
    setSaid(null);
    const result = await withFresh(() => save(slug, edit)).catch(unreachable);
    setAnswer(result);
    // What is said about the form as a whole stands above it.
    if (!result.ok && !result.fields) scrollTo({ top: 0 });
    if (!result.ok) return showFaults(result.fields);
    const { password, forgetPassword, version: _version, ...settings } = edit;
    const hasPassword = settings.username !== "" && (Boolean(password) || (base.hasPassword && !forgetPassword));
    const next = { ...base, settings, hasPassword, version: result.data.version };
    setBase(next);
    const testedThese = tested.current === values;
    form.reset(valuesOf(next));
    // What was tested is what is saved: the new version and the emptied password don't make the test an old one.
    if (testedThese) tested.current = typedValues(form.getValues());
    setSaid({ at: new Date().toISOString(), warnings: result.data.warnings });
    // A warning is read before it is gone; one that stood there when this was saved was read.
    const read = result.data.warnings.every((warning) => said?.warnings.includes(warning));
    if (onward && read) goOn(onward);
    else router.refresh();
  };

  const onTest = async (edit: ExchangeEdit) => {
    tested.current = values;
    testedPostmaster.current = edit.postmaster;
    testing.current?.show();
    const result = await probe.start(() => test(slug, mayEdit ? edit : { ...base.settings, version: base.version }));
    if (!result.ok) showFaults(result.fields);
  };

  useVerdictAtField(probe.seen?.verdict ?? null, form.setError);
  useSaveKey(mayEdit ? () => void form.handleSubmit(onSave)() : null);
  const apply = (field: string, value: string) => {
    form.setValue(field as keyof FormValues, value, { shouldDirty: true, shouldValidate: true });
    if (advanced.has(field)) setOpen(true);
  };
  const choose = (fingerprint: string) => apply("certificate", `sha256:${fingerprint}`);

  return (
    <FormProvider {...form} register={filled(form)}>
      <UnsavedGuard when={isDirty && mayEdit} />
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,520px)_minmax(0,1fr)]">
        <form noValidate onSubmit={form.handleSubmit(onSave)} className="min-w-0">
          {!mayEdit && <ReadOnlyNote closed={props.closed} />}
          <FaultList errors={errors} labelOf={labelOf} />
          {answer && !answer.ok && !answer.fields && !answer.conflict && (
            <div className="mb-5">
              <Banner live state="stopped" title={answer.message} />
            </div>
          )}
          {answer && !answer.ok && answer.conflict && (
            <ConflictPanel
              {...props}
              conflict={answer.conflict}
              mine={form.getValues()}
              onTheirs={(theirs) => {
                setBase(theirs);
                form.reset(valuesOf(theirs));
                setAnswer(null);
              }}
              onMine={(version) => {
                form.setValue("version", version);
                setAnswer(null);
                void form.handleSubmit(onSave)();
              }}
            />
          )}
          <div>
            <MainFields
              {...props}
              acceptsUnknown={base.acceptsUnknown || probe.seen?.verdict?.facts.acceptsUnknown === true}
            />
          </div>
          <Advanced
            about="encryption, certificate, sign-in, limits"
            open={open}
            onOpen={setOpen}
            onNear={() => void fetchAdvanced().catch(() => {})}
          >
            <AdvancedFields {...props} base={base} />
          </Advanced>
          {(mayEdit || mayTest) && (
            <div className="sticky bottom-0 z-10 -mx-2 mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-t bg-page px-2 py-3 max-md:bottom-14">
              <Warnings
                warnings={said?.warnings ?? []}
                onRead={onward && !isDirty ? () => goOn(onward) : null}
                going={going}
              />
              {mayEdit && (
                <Button
                  type="submit"
                  kind="primary"
                  busy={going ? "Going on" : isSubmitting && !probe.busy && "Saving"}
                >
                  {onward ? "Save and go on" : "Save"}
                </Button>
              )}
              {mayTest && (
                <Button onClick={form.handleSubmit(onTest)} busy={probe.busy && "Testing"}>
                  Test settings (email to postmaster)
                </Button>
              )}
              <span role="status" className="text-soft text-table">
                {isDirty && mayEdit ? "Not saved yet" : said && `● Saved, ${longTime(said.at, props.zone)}`}
              </span>
            </div>
          )}
        </form>
        <TestPane ref={testing} probe={probe}>
          <Conversation
            probe={probe}
            stale={tested.current !== "" && tested.current !== values}
            trust={mayEdit ? { chosen, saved: base.settings.certificate, choose } : undefined}
            onApply={mayEdit ? apply : undefined}
            labelOf={labelOf}
            onStop={(id) => void stopTest(slug, { id })}
            patience="After a mail's end Exchange may take its time: up to 10 minutes."
            more={(verdict) => <MoreOfVerdict slug={slug} verdict={verdict} />}
            last={
              <Arrived
                slug={slug}
                zone={props.zone}
                arrival={props.arrival}
                saved={base.settings}
                behind={initial.version < base.version}
                sent={
                  probe.seen?.verdict?.facts.noticeTaken === true
                    ? { id: probe.seen.id, postmaster: testedPostmaster.current }
                    : null
                }
                busy={probe.busy}
                mayTest={mayTest}
                closed={props.closed}
              />
            }
            empty={mayTest ? <WhatTestDoes /> : "An operator or admin of this company can test these settings here."}
          />
        </TestPane>
      </div>
    </FormProvider>
  );
}

const unreachable = (): Answer<never> => ({
  ok: false,
  message: "The portal did not answer, so we can't tell whether this was saved. Check the connection and save again.",
});

/** The test's verdict stands at the field that mends it, until that field changes. */
function useVerdictAtField(
  verdict: { ok: boolean; sentence: string; field?: string } | null,
  setError: ReturnType<typeof useForm<FormValues>>["setError"],
) {
  useEffect(() => {
    if (verdict && !verdict.ok && verdict.field)
      setError(verdict.field as keyof FormValues, { type: "test", message: verdict.sentence });
  }, [verdict, setError]);
}
