// How a test's verdict looks, and what can be said of the certificate that it met.
import type { ProbeVerdict } from "@/domain/probe/schema";

/** A right server of which a field tells more, like one that accepts unknown addresses, still needs somebody. */
export const verdictState = ({ ok, field }: Pick<ProbeVerdict, "ok" | "field">): "flowing" | "needs" | "stopped" =>
  !ok ? "stopped" : field === undefined ? "flowing" : "needs";

export interface Trust {
  /** the form's rule and the stored one: any | system | sha256:<hex> */
  chosen: string;
  saved: string;
}

/** What is left to do to trust this fingerprint: all, saving, or nothing. */
export function trustStep(fingerprint: string, { chosen, saved }: Trust): "offer" | "save" | "done" {
  const rule = `sha256:${fingerprint}`;
  if (chosen !== rule) return "offer";
  return saved === rule ? "done" : "save";
}
