// What is known of a tenant that the steps of preparing Exchange are made of.
import type { Hop } from "./hops";

export interface WorkerSeen {
  /** null: a connection whose worker was not written down */
  worker: string | null;
  /** as Exchange sees it; null when its greeting names none */
  address: string | null;
  greeting: string;
  at: Date;
}

export interface SpamMark {
  /** the header by which the provider marks spam */
  header: string;
  word: string;
  /** of the mails that were looked at: with the header, and with the word in it */
  mails: number;
  marked: number;
}

export interface PrepareFacts {
  server: {
    host: string;
    port: number;
    username: string;
    maxConnections: number;
    acceptsUnknown: boolean | null;
  } | null;
  /** those that tests and deliveries of the last days came from */
  workers: WorkerSeen[];
  /** the newest finished test of this server */
  test: {
    at: Date;
    ok: boolean;
    /** the name of its case; see findings.ts */
    finding: string;
    sentence: string;
    sizeLimit: number | null;
  } | null;
  /** the tenant's own, lower case */
  domains: string[];
  hops: Hop[];
  /** how many of the newest mails were looked at */
  looked: number;
  /** the provider's spam header among them; null when none has one */
  spam: SpamMark | null;
  /** bytes of the largest of the newest mails, and what lies in BADMAIL because it is too large */
  largest: number;
  tooLarge: { mails: number; largest: number };
}
