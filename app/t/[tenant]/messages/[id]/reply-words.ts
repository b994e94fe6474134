// A server's reply as one line of text.

/** A reply in one line. Servers put the enhanced code in front of their text: it isn't said twice. */
export function replyWords({
  code,
  enhanced,
  text,
}: {
  code: number | null;
  enhanced: string | null;
  text: string | null;
}): string {
  const said = enhanced && text?.trimStart().replace(/^#/, "").startsWith(enhanced) ? null : enhanced;
  return [code, said, text].filter(Boolean).join(" ");
}
