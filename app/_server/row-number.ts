// A row's number in an address ("older than this one"): anybody can type another text there, or too large a number.

export const rowNumber = (text: string | string[] | undefined): number | null =>
  typeof text === "string" && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
