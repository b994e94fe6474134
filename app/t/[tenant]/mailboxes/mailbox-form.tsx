// A mailbox's form beside its test: new and existing ones alike.
"use client";
import { useRouter } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";
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
import type { MailboxEdit, MailboxInput, MailboxSettings } from "@/domain/mailbox/schema";
import type { SetUpPart } from "@/domain/mailbox/setting-up";
import { save, stopTest, test } from "./actions";
import { foundBy } from "./found";
import { HandlingFields, StartFields } from "./handling-fields";
import { advanced, labelOf } from "./labels";
import { PlaceFields } from "./place-fields";
import { RecipientFields } from "./recipient-fields";

const fetchAdvanced = () => import("./advanced-fields").then((module) => module.AdvancedFields);
const AdvancedFields = late(fetchAdvanced);
const FoundMails = late(() => import("./found-mails").then((module) => module.FoundMails));
const checked = checkedBy(() => import("@/domain/mailbox/schema").then((schema) => schema.mailboxEdit));

export type FormValues = MailboxInput;

export interface MailboxFormProps {
  slug: string;
  /** null: a new one */
  mailbox: { id: string; settings: MailboxSettings; version: number; hasPassword: boolean } | null;
  defaults: MailboxSettings;
  /** what only a new one begins with: its page gives it, so that no other page carries it */
  address?: ReactNode;
  zone: string;
  now: Date;
  /** today in the tenant's zone, like 2026-11-24 */
  today: string;
  mayEdit: boolean;
  closed: boolean;
  mayTest: boolean;
  /** who gets the notices: mail for nobody can go there too; null before Exchange is set up */
  postmaster: string | null;
  /** in the setting up: the only part of the form that is asked for, and where to go on after saving it */
  setUp?: { part: SetUpPart; onward: string };
  /** a test that was made with these very values: it is shown again */
  earlier?: string | null;
}

const valuesOf = ({ mailbox, defaults }: MailboxFormProps): FormValues => ({
  ...(mailbox?.settings ?? defaults),
  password: "",
  version: mailbox?.version ?? 0,
});

export function MailboxForm(props: MailboxFormProps) {
  const { slug, mailbox, mayEdit, mayTest, zone, setUp } = props;
  const shows = (part: SetUpPart) => !setUp || setUp.part === part;
  const id = mailbox?.id ?? null;
  const router = useRouter();
  const [going, goOn] = useGoOn();
  const form = useForm<FormValues, unknown, MailboxEdit>({
    resolver: checked,
    defaultValues: valuesOf(props),
  });
  const { isDirty, errors, isSubmitting } = form.formState;
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [unconfirmed, setUnconfirmed] = useState<{ effect: string; touches: boolean; values: string } | null>(null);
  const [said, setSaid] = useState("");
  const [open, setOpen] = useState(false);
  const [left, setLeft] = useState(false);
  const probe = useProbe(slug, props.earlier ?? null);
  const tested = useRef(props.earlier ? typedValues(valuesOf(props)) : "");
  const testing = useRef<{ show(): void }>(null);
  const values = typedValues(useWatch({ control: form.control }));
  const chosen = useWatch({ control: form.control, name: "certificate" });
  const found = foundBy(probe.seen);

  // What others or our own save wrote comes in while nothing is typed here.
  const version = mailbox?.version ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new version brings new values
  useEffect(() => {
    if (!form.formState.isDirty && version > Number(form.getValues("version"))) form.reset(valuesOf(props));
  }, [version]);
  useEffect(() => {
    if (Object.keys(errors).some((field) => advanced.has(field))) setOpen(true);
  }, [errors]);

  const showFaults = (fields: Record<string, string> | undefined) => {
    for (const [index, [path, message]] of Object.entries(fields ?? {}).entries())
      form.setError(path as keyof FormValues, { type: "server", message }, { shouldFocus: index === 0 });
  };

  const write = async (edit: MailboxEdit, confirmed: boolean) => {
    setSaid("");
    setUnconfirmed(null);
    const part = setUp ? { part: setUp.part } : {};
    const result = await withFresh(() => save(slug, { id, edit, confirmed, ...part })).catch(
      () => ({ ok: false, message: "The portal did not answer. Check the connection and save again." }) as const,
    );
    setAnswer(result);
    // What is said about the form as a whole stands above it.
    if (!result.ok && !("fields" in result)) scrollTo({ top: 0 });
    if (!result.ok) return showFaults("fields" in result ? result.fields : undefined);
    if (!result.data.saved) return setUnconfirmed({ ...result.data, values });
    const { password: _password, ...kept } = edit;
    const testedThese = tested.current === values;
    form.reset({ ...kept, password: "", version: result.data.version });
    // What was tested is what is saved: the new version and the emptied password don't make the test an old one.
    if (testedThese) tested.current = typedValues(form.getValues());
    setSaid(new Date().toISOString());
    if (id === null) setLeft(true);
    if (setUp) goOn(setUp.onward);
    else if (id === null) goOn(`/t/${slug}/mailboxes/${result.data.id}`);
    else router.refresh();
  };

  const onTest = async (edit: MailboxEdit) => {
    tested.current = values;
    testing.current?.show();
    const asked = mayEdit || !mailbox ? edit : { ...mailbox.settings, version: mailbox.version };
    const result = await probe.start(() => test(slug, { id, edit: asked }));
    if (!result.ok) showFaults(result.fields);
  };

  const verdict = probe.seen?.verdict;
  useEffect(() => {
    if (verdict && !verdict.ok && verdict.field)
      form.setError(verdict.field as keyof FormValues, { type: "test", message: verdict.sentence });
  }, [verdict, form]);
  const apply = (field: string, value: string) => {
    form.setValue(field as keyof FormValues, value, { shouldDirty: true, shouldValidate: true });
    if (advanced.has(field)) setOpen(true);
  };
  const choose = (fingerprint: string) => apply("certificate", `sha256:${fingerprint}`);
  const submit = form.handleSubmit((edit) => write(edit, false));
  useSaveKey(mayEdit ? () => void submit() : null);

  return (
    <FormProvider {...form} register={filled(form)}>
      <UnsavedGuard when={isDirty && mayEdit && !left} />
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,520px)_minmax(0,1fr)]">
        <form noValidate onSubmit={submit} className="min-w-0">
          {!mayEdit && <ReadOnlyNote closed={props.closed} />}
          <FaultList errors={errors} labelOf={labelOf} />
          {answer && !answer.ok && !answer.fields && (
            <div className="mb-5">
              <Banner
                live
                state={answer.conflict ? "needs" : "stopped"}
                title={
                  answer.conflict
                    ? `${answer.conflict.by || "Somebody"} saved this mailbox on ${longTime(answer.conflict.at, zone)}. Nothing of yours was saved yet.`
                    : answer.message
                }
                action={
                  answer.conflict && (
                    <Button size="small" onClick={() => location.reload()}>
                      Look at theirs
                    </Button>
                  )
                }
              >
                {answer.conflict && "Looking at theirs drops what you typed here."}
              </Banner>
            </div>
          )}
          <div>
            {shows("place") && <PlaceFields {...props} />}
            {shows("recipients") && <RecipientFields {...props} />}
            {shows("start") && <StartFields {...props} found={found} />}
            {shows("start") && <HandlingFields {...props} />}
          </div>
          {shows("place") && (
            <Advanced
              about="certificate, unknown addresses, limits"
              open={open}
              onOpen={setOpen}
              onNear={() => void fetchAdvanced().catch(() => {})}
            >
              <AdvancedFields {...props} />
            </Advanced>
          )}
          {(mayEdit || mayTest) && (
            <div className="sticky bottom-0 z-10 -mx-2 mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-t bg-page px-2 py-3 max-md:bottom-14">
              {unconfirmed?.values === values && (
                <div className="w-full">
                  <Banner
                    live
                    state="needs"
                    title={unconfirmed.effect}
                    action={
                      <>
                        <Button size="small" kind="danger" onClick={form.handleSubmit((edit) => write(edit, true))}>
                          {unconfirmed.touches ? "Save and do this" : "Save all the same"}
                        </Button>
                        <Button size="small" onClick={() => setUnconfirmed(null)}>
                          Don't save
                        </Button>
                      </>
                    }
                  />
                </div>
              )}
              {mayEdit && (
                <Button
                  type="submit"
                  kind="primary"
                  busy={going ? "Going on" : isSubmitting && !probe.busy && "Saving"}
                >
                  {saveWords(setUp?.part, id === null)}
                </Button>
              )}
              {mayTest && (
                <Button onClick={form.handleSubmit(onTest)} busy={probe.busy && "Testing"}>
                  {setUp?.part === "recipients" ? "Show on the newest mails" : "Test"}
                </Button>
              )}
              <span role="status" className="text-soft text-table">
                {isDirty && mayEdit && id !== null ? "Not saved yet" : said && `● Saved, ${longTime(said, zone)}`}
              </span>
            </div>
          )}
        </form>
        <TestPane ref={testing} probe={probe}>
          <Conversation
            probe={probe}
            stale={tested.current !== "" && tested.current !== values}
            hide={["preview", "count"]}
            folded={setUp !== undefined && setUp.part !== "place"}
            last={
              found.count && (
                <FoundMails found={found} zone={zone} now={props.now} countOnly={setUp?.part === "place"} />
              )
            }
            trust={mayEdit ? { chosen, saved: mailbox?.settings.certificate ?? "", choose } : undefined}
            onApply={mayEdit ? apply : undefined}
            labelOf={labelOf}
            onStop={(probeId) => void stopTest(slug, { id: probeId })}
            empty={
              mayTest
                ? `A test signs in${setUp?.part === "place" ? " and counts what is there" : ", counts what is there and shows who would get the newest 20 mails"}. It collects nothing, deletes nothing and marks nothing as read.`
                : "An operator or admin of this company can test this mailbox here."
            }
          />
        </TestPane>
      </div>
    </FormProvider>
  );
}

function saveWords(part: SetUpPart | undefined, isNew: boolean): string {
  if (part === "start" || (!part && isNew)) return "Save and start collecting";
  return part ? "Save and go on" : "Save";
}
