// Ticks and choices: the label stands behind the box, help and error below it.
"use client";
import { type ComponentProps, type ReactNode, useId } from "react";
import { type FieldLook, FieldWords } from "./field";

export function Checkbox({
  label,
  help,
  error,
  id: given,
  unit: _unit,
  hideLabel,
  className,
  ...rest
}: FieldLook & Omit<ComponentProps<"input">, "type" | "children">) {
  const made = useId();
  const id = given ?? made;
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ") || undefined;
  return (
    <div className={`grid grid-cols-[16px_1fr] gap-x-3 gap-y-1 ${className ?? ""}`}>
      <input
        {...rest}
        type="checkbox"
        id={id}
        aria-describedby={described}
        aria-invalid={error ? true : undefined}
        className="mt-[3px] size-4"
      />
      <label htmlFor={id} className={hideLabel ? "sr-only" : "text-ink"}>
        {label}
      </label>
      <div className="col-start-2 grid gap-1 empty:hidden">
        <FieldWords id={id} help={help} error={error} />
      </div>
    </div>
  );
}

export interface RadioGroupProps extends FieldLook, Omit<ComponentProps<"input">, "type" | "children" | "value"> {
  options: readonly { value: string; label: string; help?: ReactNode; disabled?: boolean }[];
  /** the value that is chosen, where the group isn't registered */
  chosen?: string | undefined;
}

/** Register it once: every radio gets the same name, onChange, onBlur and ref. */
export function RadioGroup({
  label,
  help,
  error,
  unit: _unit,
  hideLabel,
  options,
  disabled,
  chosen,
  ...rest
}: RadioGroupProps) {
  const id = useId();
  const described = [error && `${id}-error`, help && `${id}-help`].filter(Boolean).join(" ") || undefined;
  return (
    <fieldset className="grid gap-2" aria-describedby={described}>
      <legend className={hideLabel ? "sr-only" : "mb-1.5 font-medium text-ink"}>{label}</legend>
      {options.map((option) => (
        <div key={option.value} className="grid grid-cols-[16px_1fr] gap-x-3">
          <input
            {...rest}
            type="radio"
            id={`${id}-${option.value}`}
            value={option.value}
            {...(chosen === undefined ? {} : { checked: option.value === chosen })}
            disabled={disabled || option.disabled}
            aria-describedby={option.help ? `${id}-${option.value}-words` : undefined}
            className="mt-[3px] size-4"
          />
          <label htmlFor={`${id}-${option.value}`}>{option.label}</label>
          {option.help && (
            <div id={`${id}-${option.value}-words`} className="col-start-2 text-table text-soft">
              {option.help}
            </div>
          )}
        </div>
      ))}
      <FieldWords id={id} help={help} error={error} />
    </fieldset>
  );
}
