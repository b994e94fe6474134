// A probe: a test that the portal asks for and a worker runs, with the values as they stand in the form.
import type { ExchangeSettings } from "@/domain/exchange/schema";
import type { MailboxSettings } from "@/domain/mailbox/schema";

/** Where the password for the test comes from: none, the stored one, or one typed and sealed to (probe id, "password"). */
export type ProbePassword = "none" | "stored" | "typed";

export type ProbeInput =
  /** `receivers`: everybody who is told beside the postmaster gets a mail like a notice too */
  | { kind: "exchange"; settings: ExchangeSettings; password: ProbePassword; receivers?: boolean }
  /** `countOnly`: how much is there, the oldest and the newest, and no preview */
  | { kind: "mailbox"; settings: MailboxSettings; password: ProbePassword; countOnly?: boolean };

/** A look into one of many mailboxes: it waits for its turn behind the others of its round, and behind everybody's tests. */
export const isLook = (input: ProbeInput): boolean => input.kind === "mailbox" && input.countOnly === true;

/** Kinds of a line: those of WireEvent, and for mailboxes `preview` (facts: PreviewRow) and `count` (facts: PreviewCount). */
export type ProbeLineKind = "step" | "sent" | "got" | "ok" | "fail" | "note" | "certificate" | "preview" | "count";

export interface ProbeLine {
  n: number;
  /** since the test began */
  ms: number;
  kind: ProbeLineKind;
  text: string;
  facts: Record<string, unknown>;
}

export interface PreviewRow {
  from: string;
  subject: string;
  /** ISO 8601 UTC, or null */
  receivedAt: string | null;
  size: number;
  recipients: string[];
  /** the header that named them, or "single mailbox", "nobody: held" … */
  via: string;
}
export interface PreviewCount {
  count: number;
  bytes: number;
  /** "at least": some servers list only a part */
  atLeast: boolean;
}

export interface ProbeVerdict {
  ok: boolean;
  /** the one sentence at the end: what is right, or which field to change and to what */
  sentence: string;
  /** the form's field to change, e.g. "port", "certificate", "username" */
  field?: string;
  /** the value that would mend it, when there is one */
  suggestion?: string;
  /** a command for Exchange's shell that would mend it there, or shows what to compare */
  command?: string;
  /** what was found out, for the page: greetsUs, size limit, acceptsUnknown, certificate … */
  facts: Record<string, unknown>;
}
