// Text with * as a wildcard; case is ignored.

/** Whether the whole text fits the pattern. Linear in the text: parts are found from left to right, no backtracking. */
export function wildcard(pattern: string, text: string): boolean {
  const parts = pattern.toLowerCase().split("*");
  const whole = text.toLowerCase();
  const first = parts[0] ?? "";
  if (parts.length === 1) return whole === first;
  const last = parts.at(-1) ?? "";
  if (!whole.startsWith(first) || !whole.endsWith(last) || whole.length < first.length + last.length) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = whole.indexOf(part, at);
    if (found < 0 || found + part.length > whole.length - last.length) return false;
    at = found + part.length;
  }
  return true;
}
