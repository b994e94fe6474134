// react-hook-form with a door behind it: sends, puts the door's field faults at their fields, keeps the answer.
"use client";
import { useState } from "react";
import type { FieldValues, Path, UseFormReturn } from "react-hook-form";
import type { Answer } from "@/app/_server/answer";
import { withFresh } from "./fresh-sign-in";

const unreachable = { ok: false, message: "The portal did not answer. Check the connection and try again." } as const;

export function useAnswerForm<Input extends FieldValues, Output, T>(
  form: UseFormReturn<Input, unknown, Output>,
  send: (values: Output) => Promise<Answer<T>>,
  done?: (data: T, values: Output) => void,
) {
  const [answer, setAnswer] = useState<Answer<T> | null>(null);
  const submit = form.handleSubmit(async (values) => {
    const got = await withFresh(() => send(values)).catch((): Answer<T> => unreachable);
    setAnswer(got);
    if (got.ok) done?.(got.data, values);
    // The door speaks of the same schema, so its paths are the form's.
    else
      for (const [field, message] of Object.entries(got.fields ?? {}))
        form.setError(field as Path<Input>, { message }, { shouldFocus: true });
  });
  return { submit, answer, clear: () => setAnswer(null), busy: form.formState.isSubmitting };
}
