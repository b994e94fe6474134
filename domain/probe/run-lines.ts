// Takes a test's conversation as it happens and writes it in small batches, in order, without secrets and unprintable text.
import type { ProbeLine, ProbeLineKind } from "@/domain/probe/schema";

export interface ProbeEvent {
  kind: ProbeLineKind;
  text: string;
  facts?: Record<string, unknown>;
}
export type Emit = (event: ProbeEvent) => void;

const batchMs = 60;
const longestLine = 2000;
/** A server that talks for ever fills neither the page nor the database. */
const mostLines = 2000;

export class ProbeLines {
  private queue: ProbeLine[] = [];
  private count = 0;
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> = Promise.resolve();
  private readonly began = performance.now();

  constructor(
    private readonly write: (lines: ProbeLine[]) => Promise<void>,
    private readonly secrets: string[],
  ) {}

  readonly emit: Emit = ({ kind, text, facts = {} }) => {
    if (this.count >= mostLines) return;
    this.count += 1;
    const ms = Math.round(performance.now() - this.began);
    this.queue.push({
      n: this.count,
      ms,
      kind,
      text: cleaned(text, this.secrets).slice(0, longestLine),
      facts: cleanedFacts(facts, this.secrets),
    });
    this.timer ??= setTimeout(() => this.send(), batchMs);
  };

  /** Everything that was said is written when this resolves. */
  async end(): Promise<void> {
    this.send();
    await this.writing;
  }

  private send() {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    const lines = this.queue;
    this.queue = [];
    if (lines.length === 0) return;
    // A batch that can't be written is lost, the test goes on: its verdict says what counts.
    this.writing = this.writing.then(() => this.write(lines)).catch(() => {});
  }
}

/** The forms in which a password could come back from a server that repeats what it got. */
export function secretForms(username: string, password: string | null): string[] {
  if (!password || password.length < 4) return [];
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  return [base64(`\0${username}\0${password}`), base64(password), password];
}

/** Text that Postgres takes and people may see: no NUL, no half characters, no secret. */
export function cleaned(text: string, secrets: string[] = []): string {
  let clean = Buffer.from(text.replaceAll("\0", "")).toString();
  for (const secret of secrets) clean = clean.replaceAll(secret, "•••");
  return clean;
}

export const cleanedFacts = (facts: Record<string, unknown>, secrets: string[] = []): Record<string, unknown> =>
  JSON.parse(JSON.stringify(facts, (_, value) => (typeof value === "string" ? cleaned(value, secrets) : value)));
