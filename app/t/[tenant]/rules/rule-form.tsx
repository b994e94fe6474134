// A rule's editor beside its tester: new and existing ones alike.
"use client";
import { useRouter } from "next/navigation";
import { useEffect, useRef, useState } from "react";
import { FormProvider, useForm, useWatch } from "react-hook-form";
import type { Answer } from "@/app/_server/answer";
import { Button } from "@/app/_ui/button";
import { checkedBy } from "@/app/_ui/checked-by";
import { FaultList } from "@/app/_ui/fault-list";
import { filled } from "@/app/_ui/filled";
import { late } from "@/app/_ui/late";
import { Banner } from "@/app/_ui/state";
import { UnsavedGuard } from "@/app/_ui/unsaved-guard";
import { useSaveKey } from "@/app/_ui/use-save-key";
import type { Rule, RuleEdit, RuleInput } from "@/domain/routing/schema";
import { sizeInput } from "@/domain/routing/size-input";
import { save } from "./actions";
import { labelOf } from "./labels";
import { RuleFields } from "./rule-fields";
import { Tester, type TesterProps } from "./tester";

// Rarely seen, so fetched when they are.
const ConflictPanel = late(() => import("./conflict-panel").then((module) => module.ConflictPanel));

const checked = checkedBy(() => import("@/domain/routing/schema").then((schema) => schema.ruleEdit));

export type FormValues = RuleInput;

export interface RuleFormProps {
  slug: string;
  zone: string;
  /** null: a new one */
  stored: { id: string; version: number } | null;
  rule: Rule;
  place: number | null;
  /** the others in their order: where a new one may stand */
  others: { id: string; name: string }[];
  mailboxes: TesterProps["mailboxes"];
  mayPick: boolean;
  /** the collected mail that this rule is made of */
  mail: TesterProps["mail"];
}

const valuesOf = (rule: Rule, { stored, place }: Pick<RuleFormProps, "stored" | "place">): FormValues => {
  const { sizeOver, ...when } = rule.when;
  return {
    id: stored?.id ?? null,
    version: stored?.version ?? 0,
    place,
    rule: { ...rule, when: { ...when, ...(sizeOver === undefined ? {} : { sizeOver: sizeInput(sizeOver) }) } },
  };
};

export function RuleForm(props: RuleFormProps) {
  const { slug } = props;
  const router = useRouter();
  const form = useForm<FormValues, unknown, RuleEdit>({
    resolver: checked,
    defaultValues: valuesOf(props.rule, props),
  });
  const { isDirty, errors, isSubmitting } = form.formState;
  const [answer, setAnswer] = useState<Answer<unknown> | null>(null);
  const [gone, setGone] = useState(false);
  const [left, setLeft] = useState(false);
  // The list in which a place was chosen; null: as it is shown now.
  const shown = props.others.map(({ id }) => id);
  const [seen, setSeen] = useState<string[] | null>(shown);
  const toFault = useJumpToFault();

  // What others saved comes in by itself while nothing is typed here.
  const version = props.stored?.version ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new version brings new values
  useEffect(() => {
    if (!form.formState.isDirty && version > form.getValues("version")) form.reset(valuesOf(props.rule, props));
  }, [version]);

  const onSave = async (edit: RuleEdit) => {
    setGone(false);
    const result = await save(slug, { ...edit, seen: seen ?? shown }).catch(unreachable);
    setAnswer(result);
    if (!result.ok) {
      if (result.fields?.place) {
        setSeen(null);
        router.refresh();
      }
      for (const [path, message] of Object.entries(result.fields ?? {}))
        form.setError(path as keyof FormValues, { type: "server", message });
      return result.fields ? toFault() : scrollTo({ top: 0 });
    }
    if (result.data.gone) return setGone(true);
    setLeft(true);
    router.push(`/t/${slug}/rules?saved=${result.data.id}`);
  };
  const submit = form.handleSubmit(onSave, toFault);
  useSaveKey(() => void submit());
  const values = useWatch({ control: form.control }) as FormValues;

  /** The editor's rule as it stands; null marks what is missing. A name is not needed to try it. */
  const draft = async () => {
    const { ruleDraft } = await import("@/domain/routing/trial-schema");
    const { id, place, rule } = form.getValues();
    const read = ruleDraft.safeParse({ id, place, rule: { ...rule, name: rule.name.trim() || "this rule" } });
    for (const { path, message } of read.error?.issues ?? [])
      form.setError(path.join(".") as keyof FormValues, { type: "custom", message });
    return read.success ? { id, place, rule: { ...rule, name: read.data.rule.name } } : null;
  };

  return (
    <FormProvider {...form} register={filled(form)}>
      <UnsavedGuard when={isDirty && !left} />
      <div className="grid gap-x-12 gap-y-8 lg:grid-cols-[minmax(0,520px)_minmax(0,1fr)]">
        <form noValidate onSubmit={submit} className="min-w-0">
          <FaultList errors={errors} labelOf={labelOf} />
          {answer && !answer.ok && !answer.fields && !answer.conflict && (
            <div className="mb-5">
              <Banner live state="stopped" title={answer.message} />
            </div>
          )}
          {gone && (
            <div className="mb-5">
              <Banner
                live
                state="needs"
                title="Somebody removed this rule meanwhile. Nothing of yours was saved yet."
                action={
                  <Button
                    size="small"
                    onClick={() => {
                      form.setValue("id", null);
                      form.setValue("version", 0);
                      form.setValue("place", null);
                      void submit();
                    }}
                  >
                    Save it as a new rule
                  </Button>
                }
              />
            </div>
          )}
          {answer && !answer.ok && answer.conflict && props.stored && (
            <ConflictPanel
              slug={slug}
              zone={props.zone}
              id={props.stored.id}
              conflict={answer.conflict}
              mine={form.getValues("rule")}
              onTheirs={(theirs) => {
                form.reset(valuesOf(theirs.rule, { stored: theirs, place: props.place }));
                setAnswer(null);
              }}
              onMine={(newest) => {
                form.setValue("version", newest);
                setAnswer(null);
                void submit();
              }}
            />
          )}
          <RuleFields {...props} onPlace={() => setSeen(shown)} />
          <div className="sticky bottom-0 z-10 -mx-2 mt-2 flex flex-wrap items-center gap-x-3 gap-y-2 border-line border-t bg-page px-2 py-3 max-md:bottom-14">
            <Button type="submit" kind="primary" busy={isSubmitting && "Saving"}>
              Save
            </Button>
            <span role="status" className="text-soft text-table">
              {isDirty && !left ? "Not saved yet" : ""}
            </span>
          </div>
        </form>
        <Tester
          slug={slug}
          zone={props.zone}
          mailboxes={props.mailboxes}
          mayPick={props.mayPick}
          mail={props.mail}
          draft={draft}
          values={JSON.stringify([values.rule, values.place])}
        />
      </div>
    </FormProvider>
  );
}

/** To the first marked field, once it is marked: most of them aren't registered, so the form can't. */
function useJumpToFault(): () => void {
  const wanted = useRef(false);
  useEffect(() => {
    if (!wanted.current) return;
    const marked = document.querySelector<HTMLElement>("main [aria-invalid=true], main [data-marked]");
    if (marked) wanted.current = false;
    marked?.focus();
  });
  return () => {
    wanted.current = true;
  };
}

const unreachable = (): Answer<never> => ({
  ok: false,
  message: "The portal did not answer, so we can't tell whether this was saved. Check the connection and save again.",
});
