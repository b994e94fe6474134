// The two kinds of "no": a refusal is shown to the person who asked, everything else is a fault and is logged.

/** Faults by field name (dotted for nested ones), each a sentence that names the value and the remedy. */
export type FieldFaults = Record<string, string>;

/** An expected "no": shown to the person as it is, never logged as a fault. */
export class Refusal extends Error {
  readonly fields: FieldFaults | undefined;
  constructor(message: string, fields?: FieldFaults) {
    super(message);
    this.name = "Refusal";
    this.fields = fields;
  }
}

/** Somebody saved in between: carries who and when, so that the page can tell. */
export class Conflict extends Refusal {
  constructor(
    readonly by: string,
    readonly at: Date,
  ) {
    super(`${by || "Somebody"} saved this page in the meantime. Nothing of yours was saved yet.`);
    this.name = "Conflict";
  }
}

/** The words of anything thrown. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
