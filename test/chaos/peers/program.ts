// What a row of the comparison needs of a program, whichever it is: Mailferry, fetchmail or getmail at the same servers.
import type { World } from "../world";

export interface Wish {
  sourcePort: number;
  user: string;
  smtpPort: number;
  /** mails stay in the mailbox */
  keep: boolean;
  /** everything to one address, or to whom a header names in this domain */
  to: { address: string } | { header: string; domain: string };
}

export interface Run {
  /** kill -9 of the program, or of everything of it that runs; false when nothing did. It starts again by itself. */
  kill(what: "the program" | "everything"): Promise<boolean>;
  /** how often it looked into the mailbox, about */
  rounds(): number;
  /** what it holds itself; a change of it means that something still moves */
  holds(): Promise<string>;
  /** it has mail of which it will do more by itself */
  unfinished(): Promise<boolean>;
  /** where it writes down what it knows */
  state: { folder: string; file: RegExp };
  /** what it said at its ends, for the notes: exit codes, and rounds that had to be ended */
  ends(): string[];
}

/** An option of its manual that is made for a fault which did harm. */
export interface Softer {
  /** "1", "14a" */
  rows: string[];
  option: string;
  /** where its manual says so */
  source: string;
}

export interface Program {
  name: string;
  /** null: it is not installed */
  version(): string | null;
  /** the command line and the configuration, as the report shows them */
  shown(wish: Wish): { command: string; configuration: string };
  /** why this configuration and no other */
  reasons: string[];
  softer: Softer[];
  /** whether it has a database, in which mail that it keeps is counted */
  database: boolean;
  start(world: World, wish: Wish, softer: string | null): Promise<Run>;
}
