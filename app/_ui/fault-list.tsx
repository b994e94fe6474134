// The faults of a form in one place above it, each a link to its field.
"use client";
import type { FieldErrors } from "react-hook-form";

export function FaultList({ errors, labelOf }: { errors: FieldErrors; labelOf: (path: string) => string }) {
  const faults = flat(errors);
  if (faults.length === 0) return null;
  return (
    <div role="alert" className="mb-6 rounded-md bg-stop-soft px-4 py-3">
      <p className="font-medium">
        <span aria-hidden className="mr-2 text-[12px] text-stop">
          ■
        </span>
        {faults.length === 1 ? "One field needs a change." : `${faults.length} fields need a change.`}
      </p>
      <ul className="mt-1 grid gap-0.5 pl-5 text-table">
        {faults.map(({ path, message }) => (
          <li key={path}>
            <a
              href={`#field-${path}`}
              className="underline underline-offset-2"
              onClick={(event) => {
                event.preventDefault();
                focusOn(path);
              }}
            >
              {labelOf(path)}
            </a>
            {afterLabel(labelOf(path), message)}
          </li>
        ))}
      </ul>
    </div>
  );
}

/** A fault of one item of a list stands at the list's field. */
const fieldOf = (path: string) =>
  document.getElementById(`field-${path}`) ?? document.getElementById(`field-${path.replace(/\.\d+$/, "")}`);

/** What is fetched when it is unfolded may come a moment after its fault. */
function focusOn(path: string, tries = 20): void {
  const field = fieldOf(path);
  if (field) field.focus();
  else if (tries > 0) setTimeout(() => focusOn(path, tries - 1), 100);
}

/** Most sentences begin with the field's name, which stands there already as the link. */
const afterLabel = (label: string, message: string): string =>
  message.startsWith(`${label} `) || message.startsWith(`${label}:`) ? message.slice(label.length) : `: ${message}`;

function flat(errors: object, before = ""): { path: string; message: string }[] {
  return Object.entries(errors).flatMap(([key, value]: [string, unknown]) => {
    if (value === null || typeof value !== "object") return [];
    const path = before ? `${before}.${key}` : key;
    // What a test found stands at its field and in the verdict already.
    if ("type" in value && value.type === "test") return [];
    if ("message" in value && typeof value.message === "string") return [{ path, message: value.message }];
    return key === "ref" ? [] : flat(value, path);
  });
}
