// One field: label above, control, help, error. Works with react-hook-form: <TextInput label="…" {...register("host")} />.
"use client";
import { type ReactNode, useId } from "react";

export interface FieldLook {
  label: string;
  help?: ReactNode | undefined;
  /** a sentence that says what to do; stands below the control and is read out with it */
  error?: string | undefined;
  /** a unit behind the control: "seconds" */
  unit?: string | undefined;
  /** draws the label for screen readers only, where a column's head already says it */
  hideLabel?: boolean | undefined;
}

export interface ControlIds {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
}

export const controlClass =
  "h-9 w-full min-w-0 rounded-md border border-field bg-page px-3 text-body text-ink placeholder:text-faint " +
  "[&:not(select):read-only]:border-line [&:not(select):read-only]:bg-n2 disabled:border-line disabled:bg-n2 disabled:text-soft aria-invalid:border-stop";

export function Field({
  label,
  help,
  error,
  unit,
  hideLabel,
  id: given,
  children,
}: FieldLook & { id?: string | undefined; children: (ids: ControlIds) => ReactNode }) {
  const made = useId();
  const id = given ?? made;
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ") || undefined;
  return (
    <div className="grid gap-1.5">
      <label htmlFor={id} className={hideLabel ? "sr-only" : "font-medium text-ink"}>
        {label}
      </label>
      <div className="flex items-center gap-2">
        {children({ id, "aria-describedby": described, "aria-invalid": error ? true : undefined })}
        {unit && <span className="shrink-0 text-soft">{unit}</span>}
      </div>
      <FieldWords id={id} help={help} error={error} />
    </div>
  );
}

export function FieldWords({ id, help, error }: { id: string; help?: ReactNode; error?: string | undefined }) {
  return (
    <>
      {error && (
        <p id={`${id}-error`} className="text-table text-stop">
          <span aria-hidden>■ </span>
          {error}
        </p>
      )}
      {help && (
        <div id={`${id}-help`} className="text-table text-soft">
          {help}
        </div>
      )}
    </>
  );
}
