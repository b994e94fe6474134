// An SMTP reply, and where in the conversation it came (RFC 5321 §4.2, RFC 3463).

export const stages = ["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "dot"] as const;
export type Stage = (typeof stages)[number];

export interface Reply {
  code: number;
  /** enhanced status code like 5.1.1, null when the server gave none */
  enhanced: string | null;
  /** all lines joined by "\n", without the code, bounded to 4 KiB */
  text: string;
}

export type ReplyClass = "spam" | "unknown-recipient" | "permanent" | "temporary" | "connection";

/** The lines of one reply ("250-…", "250 …") → its parts. Text keeps the enhanced code in front, as servers send it. */
export function parseReply(lines: string[]): Reply {
  const code = Number(/^\d{3}/.exec(lines[0] ?? "")?.[0] ?? 0);
  const text = lines
    .map((line) => line.slice(4))
    .join("\n")
    .slice(0, 4096);
  return { code, enhanced: enhancedOf(text), text };
}

/** The enhanced status code at the start of a reply's text, also as "#5.1.1". */
export const enhancedOf = (text: string): string | null => /^\s*#?([245]\.\d{1,3}\.\d{1,3})\b/.exec(text)?.[1] ?? null;
