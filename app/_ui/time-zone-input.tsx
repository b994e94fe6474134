// The time zone of a company, with the names that this system knows offered.
"use client";
import { TextInput, type TextInputProps } from "./inputs";

export function TimeZoneInput({
  zones,
  ...props
}: Omit<TextInputProps, "label" | "help" | "list"> & { zones: string[] }) {
  return (
    <>
      <TextInput label="Time zone" list="zones" help="Of notices and of all times on these pages." {...props} />
      <datalist id="zones">
        {zones.map((zone) => (
          <option key={zone} value={zone} />
        ))}
      </datalist>
    </>
  );
}
