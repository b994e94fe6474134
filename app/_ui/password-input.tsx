// A password: dots, or what is typed when its eye is pressed.
"use client";
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";
import { controlClass, Field } from "./field";
import { looksOf, type TextInputProps } from "./inputs";

export function PasswordInput({ className, ...props }: TextInputProps) {
  const [look, rest] = looksOf(props);
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <Field {...look} id={rest.id}>
      {(ids) => (
        <span className="relative flex w-full">
          <input
            autoComplete="new-password"
            spellCheck={false}
            {...rest}
            {...ids}
            type={shown ? "text" : "password"}
            className={`${controlClass} pr-10 ${className ?? ""}`}
          />
          {!rest.readOnly && (
            <button
              type="button"
              onClick={() => setShown(!shown)}
              aria-pressed={shown}
              aria-label={shown ? "Hide what is typed" : "Show what is typed"}
              className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-soft hover:text-ink"
            >
              <Icon aria-hidden size={16} />
            </button>
          )}
        </span>
      )}
    </Field>
  );
}
