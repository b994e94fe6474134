// Without the schema, so that a page can ask before that is loaded.
import type { ExchangeSettings } from "./schema";

/** Where a stored password may be used: any change of these asks for it again (weakening TLS and certificate rules below). */
export function passwordNeededAgain(before: ExchangeSettings, after: ExchangeSettings): (keyof ExchangeSettings)[] {
  const changed: (keyof ExchangeSettings)[] = [];
  for (const field of ["host", "port", "username"] as const) if (before[field] !== after[field]) changed.push(field);
  const strength = { off: 0, allow: 1, require: 2, implicit: 2 };
  if (strength[after.tls] < strength[before.tls]) changed.push("tls");
  if (after.oldestTls === "1.0" && before.oldestTls === "1.2") changed.push("oldestTls");
  const name = (settings: ExchangeSettings) => settings.certificateName || settings.host;
  const toSystem = after.certificate === "system" && name(after) === name(before);
  if (!toSystem && after.certificate !== before.certificate) changed.push("certificate");
  if (name(after) !== name(before) && !changed.includes("host")) changed.push("certificateName");
  return changed;
}
