// Which provider an address belongs to, and what its servers would put into a mailbox's form.
import { type Provider, providers, sourcePorts } from "./providers";

export { providers } from "./providers";

/** By what stands behind the @; null for a company's own domain, which tells nothing. */
export function providerOf(address: string): Provider | null {
  const domain = address
    .slice(address.lastIndexOf("@") + 1)
    .trim()
    .toLowerCase();
  if (!address.includes("@") || domain === "") return null;
  return providers.find((one) => one.domains.some((known) => fits(known, domain))) ?? null;
}

/** `outlook.*` is every outlook with one or two endings, and no name that only begins like it. */
function fits(known: string, domain: string): boolean {
  if (!known.endsWith(".*")) return domain === known || (known === "onmicrosoft.com" && domain.endsWith(`.${known}`));
  const name = known.slice(0, -1);
  return domain.startsWith(name) && /^[a-z]{2,3}(\.[a-z]{2})?$/.test(domain.slice(name.length));
}

export interface Servers {
  protocol: "imap" | "pop3";
  host: string;
  port: number;
  tls: "implicit";
}

/** IMAP first: it tells when the provider received a mail, and which are new. */
export const serversOf = (provider: Provider): Servers[] =>
  (["imap", "pop3"] as const).flatMap((protocol) => {
    const host = provider[protocol];
    return host ? [{ protocol, host, port: sourcePorts[protocol], tls: "implicit" as const }] : [];
  });

export const userNameAt = (provider: Provider | null, address: string): string =>
  provider?.user === "local part" ? address.slice(0, address.lastIndexOf("@")) : address;
