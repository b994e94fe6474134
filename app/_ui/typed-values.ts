// The values of a form as text, to tell whether two sets of them are the same. A number counts as what was typed for it: a
// field holds "90" once somebody was in it, and 90 before.
export const typedValues = (values: object): string =>
  JSON.stringify(values, (_key, value: unknown) => (typeof value === "number" ? String(value) : value));
