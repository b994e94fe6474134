// One step of preparing Exchange: what to run there, how to take it back, and the words that let a person decide.
import { literal } from "@/domain/verdict/remedy";
import type { PrepareFacts } from "./facts";

export const stepKeys = ["connector", "internal", "recipients", "sizes", "spam"] as const;
export type StepKey = (typeof stepKeys)[number];

export interface Step {
  key: StepKey;
  title: string;
  /** what it does in Exchange, why one wants it, what happens where it is left out */
  does: string;
  why: string;
  without: string;
  /**
   * What is known of this server here. done and needed: a test or a mail has shown it; ready: the command is filled in,
   * and whether it was run nobody can see from here; unknown: something has to be found out first.
   */
  seen: { state: "done" | "needed" | "ready" | "unknown"; words: string };
  /** shows how it is now; its output is kept for the way back */
  look: string;
  /** null: something has to be known first, which `seen` names */
  run: string | null;
  back: string | null;
  /** what the undo puts back */
  backWords: string;
  notes: Note[];
}

/** What else to know; some come with a line for the shell. */
export interface Note {
  words: string;
  command?: string;
}

/** The connector that the first step makes, on the server where the shell runs. Double quotes: the variable is meant. */
export const ownConnector = '"$env:COMPUTERNAME\\Mailferry"';

/** Values as PowerShell takes several: each quoted for itself. */
export const literals = (values: readonly string[]): string => values.map(literal).join(",");

/** Our addresses as Exchange sees them, each once. */
export const ownAddresses = ({ workers }: PrepareFacts): string[] => [
  ...new Set(workers.flatMap(({ address }) => address ?? [])),
];

/** "a", "a and b", "a, b and c" */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? (words[0] ?? "") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;

export const noAddress = (facts: PrepareFacts): string =>
  facts.workers.length > 0
    ? "Our address is not known: the server's greeting names none. Look it up in Exchange's protocol log, or ask whoever runs Mailferry."
    : "Our address is not known yet: test the settings first, then it is filled in here.";
