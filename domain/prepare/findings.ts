// What each finding of a test means in Exchange's terms: the step that mends it, or a command of its own with its undo.
// The names are those of the test's cases (domain/probe/run-exchange-*.ts); a test compares the two lists.
import { connectingFindings } from "./findings-connecting";
import { sendingFindings } from "./findings-sending";
import type { StepKey } from "./step";

export interface Finding {
  /** cases of the test */
  names: readonly string[];
  title: string;
  means: string;
  step?: StepKey;
  run?: string;
  back?: string;
}

export const findings: readonly Finding[] = [...connectingFindings, ...sendingFindings];

export const findingOf = (name: string): Finding | null => findings.find(({ names }) => names.includes(name)) ?? null;
