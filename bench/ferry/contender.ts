// What the bench needs of a contender, whichever it is.
import type { Scenario } from "./scenarios";

export interface Ends {
  scenario: Scenario;
  /** where the mails are: Dovecot, or a line in front of it */
  sourcePort: number;
  /** where they go: the sink, or a line in front of it */
  smtpPort: number;
  users: readonly string[];
  /** SHA-256 of both ends' certificate, where they speak TLS */
  fingerprint: string | null;
  /** most connections to the sink at once, for those that open more than one */
  connections: number;
  /** its own, empty; removed afterwards */
  folder: string;
  /** where the worker's profile goes, when one is wanted */
  profile: string | null;
  /** the mailboxes are empty */
  sourceEmpty(): boolean;
}

export interface Running {
  /** its main process; null when there is none just now */
  pid(): number | null;
  /** all its work is done, once everything has arrived */
  settled(): Promise<boolean>;
  /** waits until what ends by itself has ended, so that its processor time is counted in full */
  ended(): Promise<void>;
  /** copies that it had marked as possible ones before it sent them */
  marked(): Promise<number>;
  /** words for the report, when something was odd */
  notes(): string[];
}

export interface Ready {
  /** processes of it that run already and are counted with it */
  standing: readonly number[];
  /** from here on the time runs */
  start(): Promise<Running>;
}

/** Closes something at the end of the run, the newest first. */
export type Later = (close: () => unknown) => void;

export interface Contender {
  name: string;
  /** null: it can run here */
  missing(): string | null;
  version(): string;
  /** everything that has to stand before it begins */
  prepare(ends: Ends, later: Later): Promise<Ready>;
}
