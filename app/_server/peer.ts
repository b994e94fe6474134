// Who is asking, from where, and was it our own page? cli/web.mjs has dropped X-Forwarded-* of everybody but the configured
// proxies and put the socket's address there otherwise: behind that line the headers are the truth.
import ipaddr from "ipaddr.js";
import { webEnv } from "@/lib/env";

interface HeaderReader {
  get(name: string): string | null;
}

function isTrusted(address: string, networks: string[]): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  return networks.some((network) => {
    try {
      const [range, bits] = network.includes("/")
        ? ipaddr.parseCIDR(network)
        : ([ipaddr.process(network), network.includes(":") ? 128 : 32] as const);
      return parsed.kind() === range.kind() && parsed.match(range, bits);
    } catch {
      return false;
    }
  });
}

/** The person's address: read from the right, past the trusted proxies; what stands further left anybody could have sent. */
export function visitorAddress(headers: HeaderReader): string {
  const networks = webEnv().trustedProxies;
  const hops = (headers.get("x-forwarded-for") ?? "").split(",").map((hop) => hop.trim());
  return hops.findLast((hop) => ipaddr.isValid(hop) && !isTrusted(hop, networks)) ?? hops.at(-1) ?? "";
}

export const visitorOf = (headers: HeaderReader) => ({
  address: visitorAddress(headers),
  agent: headers.get("user-agent") ?? "",
});

/** Whether the request came from a page of ours. A missing Origin is refused: browsers always send it with a POST. */
export function isOwnOrigin(headers: HeaderReader): boolean {
  const origin = headers.get("origin");
  if (!origin || origin === "null" || !URL.canParse(origin)) return false;
  const env = webEnv();
  const given = new URL(origin);
  if (given.origin === new URL(env.url).origin) return true;
  const host = headers.get("x-forwarded-host") ?? headers.get("host");
  return given.host === host;
}
