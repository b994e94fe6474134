// A certificate that stopped the lane, beside the one that is trusted.

type Facts = Record<string, unknown>;

export interface CertificatePair {
  /** null: none was trusted by its fingerprint, and none was verified before */
  trusted: Facts | null;
  seen: Facts;
}

/**
 * The change as the worker wrote it, {trusted, seen}, beside the saved rule. Its `trusted` is what the server showed at the
 * connection before, which is the refused one itself from the second try on: it tells of what is trusted only where the
 * fingerprint is the saved one, or where this system had verified it.
 */
export function pairOf(rule: string, change: unknown): CertificatePair {
  const { trusted, seen } = factsIn(change);
  const known = factsIn(trusted);
  if (!rule.startsWith("sha256:")) return { trusted: known.verified === true ? known : null, seen: factsIn(seen) };
  const fingerprint = rule.slice("sha256:".length);
  return { trusted: known.fingerprint === fingerprint ? known : { fingerprint }, seen: factsIn(seen) };
}

const factsIn = (value: unknown): Facts =>
  value !== null && typeof value === "object" ? Object.fromEntries(Object.entries(value)) : {};
