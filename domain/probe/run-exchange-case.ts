// What a test of an Exchange server can meet, and the texts that cases share. The table is run-exchange-verdict.ts.
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { addressIn } from "@/domain/verdict/remedy";
import type { Reply, Stage } from "@/mail/reply";
import type { CertificateFacts, WireFaultKind } from "@/mail/wire";

/** Which of the test's own steps it was. */
export type TestStep = "open" | "notice" | "collected" | "receiver" | "unknown";

/** The first thing that went wrong. `kind` is the wire's fault, "reply" for a refusal, "unsendable" for what wasn't tried. */
export interface Trouble {
  step: TestStep;
  stage: Stage;
  kind: WireFaultKind | "reply" | "unsendable";
  message: string;
  reply: Reply | null;
  certificate: CertificateFacts | null;
  /** the address by which Exchange greets this worker, if it told one */
  seenAs: string;
  mailFrom: string;
}

export interface Advice {
  sentence: string;
  field?: keyof ExchangeSettings | "password";
  suggestion?: string;
  command?: string;
}

export interface Case {
  name: string;
  when: (trouble: Trouble, settings: ExchangeSettings) => boolean;
  say: (trouble: Trouble, settings: ExchangeSettings) => Advice;
}

/** The server's words, bounded, in quotes. */
export const quoted = ({ reply, message }: Trouble): string =>
  `“${(reply ? `${reply.code} ${reply.text}` : message).replace(/\s+/g, " ").slice(0, 300)}”`;

export const says = ({ reply }: Trouble, ...patterns: (RegExp | string)[]): boolean =>
  reply !== null &&
  patterns.some((pattern) =>
    typeof pattern === "string" ? reply.enhanced === pattern : pattern.test(`${reply.code} ${reply.text}`),
  );

export { literal } from "@/domain/verdict/remedy";

export const connector = "Get-ReceiveConnector 'CONNECTOR NAME'";
export const domainOf = (address: string): string => address.split("@").at(-1) ?? address;
/** The address in "Hello [192.0.2.7]", or a word that shows what belongs there. */
export const workerAddress = ({ seenAs }: Trouble): string => addressIn(seenAs) ?? "WORKER ADDRESS";

/** While the connection was opened, at one of these stages. */
export const at = ({ step, stage }: Trouble, ...stages: Trouble["stage"][]) =>
  step === "open" && stages.includes(stage);
export const where = ({ host, port }: ExchangeSettings) => `${host}, port ${port}`;
export const signedIn = (settings: ExchangeSettings) => settings.username !== "";
