// From what a test met to the one sentence at its end: which field to change and to what. The first case that fits wins.
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { type Advice, type Case, quoted, type Trouble } from "./run-exchange-case";
import { openingCases } from "./run-exchange-opening";
import { sendingCases } from "./run-exchange-sending";

const cases: Case[] = [...openingCases, ...sendingCases];

/** Every name that a finding can have: what people are told about each stands in domain/prepare/findings.ts. */
export const caseNames: readonly string[] = [...cases.map(({ name }) => name), "other"];

export function exchangeAdvice(trouble: Trouble, settings: ExchangeSettings): Advice & { name: string } {
  const found = cases.find(({ when }) => when(trouble, settings));
  if (found) return { name: found.name, ...found.say(trouble, settings) };
  return {
    name: "other",
    sentence: `The test ended with ${quoted(trouble)}. Look at the line above where it happened; the Exchange server's own log has more.`,
  };
}

export interface Passed {
  starttlsUnused: boolean;
  starttlsMissing: boolean;
  acceptsUnknown: boolean | null;
  sizeLimit: number | null;
  uncheckedCertificate: boolean;
}

/** Everything arrived: what is right, and what would be better still. */
export function passedAdvice(passed: Passed, settings: ExchangeSettings): Advice {
  const fine = `Exchange took a mail like a notice and one like a collected mail, both for ${settings.postmaster}.`;
  if (passed.acceptsUnknown)
    return {
      sentence: `${fine} But this server accepts unknown addresses: you will get no notice about them until recipient filtering is on in Exchange.`,
      field: "notify",
      command:
        "& $env:ExchangeInstallPath\\Scripts\\Install-AntiSpamAgents.ps1; Restart-Service MSExchangeTransport; Set-RecipientFilterConfig -RecipientValidationEnabled $true",
    };
  if (passed.starttlsUnused)
    return {
      sentence: `${fine} But mail travels unencrypted although Exchange offers StartTLS: tick Allow StartTLS.`,
      field: "tls",
      suggestion: "allow",
    };
  if (passed.starttlsMissing)
    return {
      sentence: `${fine} But mail travels unencrypted: Allow StartTLS is ticked, but this server does not offer StartTLS. It does once its receive connector has TLS and a certificate.`,
      field: "tls",
    };
  return { sentence: `Everything is right: ${fine}` };
}

export type { Advice, Trouble };
