// A form's rules in the browser, loaded when they are first asked: a page with a form is drawn and works before they are there,
// and most people only look.
"use client";
import type { FieldValues, Resolver } from "react-hook-form";
import type { z } from "zod";

/** Checks a form by a schema. Where that can't be loaded, nothing is objected to: the action checks everything by itself. */
export function checkedBy<Input extends FieldValues, Output extends FieldValues>(
  load: () => Promise<z.ZodType<Output, Input>>,
): Resolver<Input, unknown, Output> {
  return async (values, context, options) => {
    const loaded = await Promise.all([import("@hookform/resolvers/zod"), load()]).catch(() => null);
    if (loaded === null) return { values: values as unknown as Output, errors: {} };
    const [{ zodResolver }, schema] = loaded;
    return zodResolver<Input, unknown, Output>(schema)(values, context, options);
  };
}
