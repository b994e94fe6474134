// react-hook-form fills fields in when its scripts run. Until then, and without them, the server's page would show each setting
// as empty: so the elements get what is saved as their first value too.
"use client";
import { type FieldValues, get, type UseFormReturn } from "react-hook-form";

/** The form's `register`, with what the field holds at first. */
export function filled<Input extends FieldValues, Output>(
  form: UseFormReturn<Input, unknown, Output>,
): UseFormReturn<Input, unknown, Output>["register"] {
  return (name, options) => {
    const first: unknown = get(form.formState.defaultValues, name);
    const shown = typeof first === "string" || typeof first === "number" ? { defaultValue: first } : {};
    return { ...form.register(name, options), ...shown };
  };
}
