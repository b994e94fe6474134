// The faults of a rule's fields, for inputs that aren't registered one by one.
"use client";
import { get, useFormContext } from "react-hook-form";
import type { FormValues } from "./rule-form";

/** The first fault at or below a path: one address of several counts for the field. */
export function useFault(): (path: string) => string | undefined {
  const {
    formState: { errors },
  } = useFormContext<FormValues>();
  return (path) => {
    const found = get(errors, path) as { message?: string } | { message?: string }[] | undefined;
    return Array.isArray(found) ? found.find(Boolean)?.message : found?.message;
  };
}

/**
 * Looks again while faults are shown. At the whole form: asked about a group of fields that aren't registered, the library
 * forgets the faults inside it.
 */
export function useRecheck(): () => void {
  const { formState, trigger } = useFormContext<FormValues>();
  const { errors } = formState;
  return () => {
    if (Object.keys(errors).length > 0) void trigger();
  };
}
