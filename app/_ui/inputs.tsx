// The controls that are typed into or chosen from. Each takes label, help and error, and passes the rest to the element,
// so that react-hook-form's register() can be spread into it.
"use client";
import { type ComponentProps, useState } from "react";
import { controlClass, Field, type FieldLook } from "./field";

/** What the field draws around a control, and what belongs to the control itself. */
export const looksOf = <P extends FieldLook>({ label, help, error, unit, hideLabel, ...rest }: P) =>
  [{ label, help, error, unit, hideLabel }, rest] as const;

export interface TextInputProps extends FieldLook, Omit<ComponentProps<"input">, "children"> {
  /** addresses, hosts, names of headers: what a machine reads */
  mono?: boolean | undefined;
}

export function TextInput({ mono, className, ...props }: TextInputProps) {
  const [look, rest] = looksOf(props);
  return (
    <Field {...look} id={rest.id}>
      {(ids) => (
        <input
          autoComplete="off"
          {...rest}
          {...ids}
          className={`${controlClass} ${mono ? "font-mono text-table" : ""} ${className ?? ""}`}
        />
      )}
    </Field>
  );
}

/** Keeps what was typed when a form's action answers: React empties fields that aren't controlled. */
export function KeptInput({ initial = "", ...props }: TextInputProps & { initial?: string }) {
  const [value, setValue] = useState(initial);
  return <TextInput {...props} value={value} onChange={(event) => setValue(event.target.value)} />;
}

export function NumberInput(props: TextInputProps) {
  // Text with a numeric keyboard: type=number loses what was typed wrong, and a wheel changes it unseen.
  return (
    <TextInput inputMode="numeric" {...props} className={`max-w-32 text-right tabular ${props.className ?? ""}`} />
  );
}

export function Textarea({ mono, className, ...props }: FieldLook & ComponentProps<"textarea"> & { mono?: boolean }) {
  const [look, rest] = looksOf(props);
  return (
    <Field {...look} id={rest.id}>
      {(ids) => (
        <textarea
          rows={4}
          {...rest}
          {...ids}
          className={`${controlClass} h-auto py-2 ${mono ? "font-mono text-table" : ""} ${className ?? ""}`}
        />
      )}
    </Field>
  );
}

export interface SelectProps extends FieldLook, Omit<ComponentProps<"select">, "children"> {
  options: readonly { value: string; label: string; disabled?: boolean }[];
}

export function Select({ options, className, ...props }: SelectProps) {
  const [look, rest] = looksOf(props);
  return (
    <Field {...look} id={rest.id}>
      {(ids) => (
        <select {...rest} {...ids} className={`${controlClass} pr-8 ${className ?? ""}`}>
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
