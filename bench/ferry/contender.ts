// What the bench needs of a contender, whichever it is.
import type { Box } from "./boxes";
import type { Scenario } from "./scenarios";

export interface Ends {
  scenario: Scenario;
  boxes: readonly Box[];
  /** where the mails are: Dovecot, or a line in front of it */
  sourcePort: number;
  /** where they go: of each server, the sink or a line in front of it */
  smtpPorts: readonly number[];
  /** SHA-256 of both ends' certificate, where they speak TLS */
  fingerprint: string | null;
  /** most connections to a server at once, for those that open more than one */
  connections: number;
  /** its own, empty; removed afterwards */
  folder: string;
  /** where the workers' profiles go, when they are wanted */
  profile: string | null;
  /** how many have to arrive */
  expected: number;
  /** the mailboxes are empty of everything whose server answers */
  sourceEmpty(): boolean;
  /** puts into the mailboxes what comes later */
  layLater(): void;
}

export const portOf = ({ smtpPorts }: Ends, box: Box): number => smtpPorts[box.server] ?? 0;

/** A page of the portal, while nothing else happened and while mail was carried; milliseconds of each request. */
export interface PageTimes {
  name: string;
  alone: number[];
  busy: number[];
}

export interface Running {
  /** its main processes; none when there is none just now */
  pids(): number[];
  /** all its work is done, once everything has arrived */
  settled(): Promise<boolean>;
  /** waits until what ends by itself has ended, so that its processor time is counted in full */
  ended(): Promise<void>;
  /** copies that it had marked as possible ones before it sent them */
  marked(): Promise<number>;
  /** words for the report, when something was odd */
  notes(): string[];
  /** where it stands, for whoever wonders why it takes so long */
  state(): Promise<string>;
  /** of a daemon that looked at idle mailboxes: seconds from its first sign-in to its last answer, without its start */
  round?(): Promise<number>;
  /** when somebody looked at the portal meanwhile */
  pages?(): PageTimes[];
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
  /** why this scenario says nothing about it; null: it can be compared */
  unfit(scenario: Scenario): string | null;
  version(): string;
  /** everything that has to stand before it begins */
  prepare(ends: Ends, later: Later): Promise<Ready>;
}

/** What no collecting program has. */
export function onlyFerries({ kind }: Scenario): string | null {
  switch (kind) {
    case "carry":
    case "idle":
      return null;
    case "backlog":
      return "it knows no companies and no workers that share them";
    case "portal":
      return "it has no portal";
  }
}
