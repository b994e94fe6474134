// Which hosts a tenant may name: a name is resolved once, every address is checked, and the connection goes to an address
// that passed. Nobody reaches this machine, its cloud's metadata or its database by way of a tenant's settings.
import ipaddr from "ipaddr.js";
import { Refusal } from "@/lib/errors";
import { type Resolver, systemResolver } from "./resolver";

type Ip = ipaddr.IPv4 | ipaddr.IPv6;
type Cidr = [Ip, number];

export interface NetworkPolicy {
  allow: Cidr[];
  deny: Cidr[];
  /** this installation's own doors (database, portal): refused also where their network is allowed */
  own: { address: string; port: number }[];
}

/** Why a host can't be used. `refused`: an address that tenants may not name; `unknown`: no such name; `dns`: no answer. */
export class HostFault extends Refusal {
  constructor(
    readonly kind: "refused" | "unknown" | "dns",
    message: string,
  ) {
    super(message);
    this.name = "HostFault";
  }
}

/** MAILFERRY_ALLOW_NETWORKS and MAILFERRY_DENY_NETWORKS. A single address counts as a network of one. */
export const networkPolicy = (
  allow: string[],
  deny: string[],
  own: { address: string; port: number }[] = [],
): NetworkPolicy => ({
  allow: allow.map((text) => cidr(text, "MAILFERRY_ALLOW_NETWORKS")),
  deny: deny.map((text) => cidr(text, "MAILFERRY_DENY_NETWORKS")),
  own,
});

export interface ResolveOptions {
  resolver?: Resolver;
  /** the port that will be connected to; needed to protect `own` */
  port?: number;
  timeoutMs?: number;
}

/** The address to connect to (`all`: every one that passed, IPv4 first). Throws HostFault with a sentence for people. */
export async function resolveAllowed(
  host: string,
  policy: NetworkPolicy,
  options: ResolveOptions = {},
): Promise<{ address: string; all: string[] }> {
  const named = host.replace(/^\[(.*)\]$/, "$1").trim();
  const found = ipaddr.isValid(named) ? [named] : await lookUp(named, options);
  const judged = found.map((text) => ({ text: plainForm(text), why: whyRefused(text, policy, options.port) }));
  const all = judged.filter(({ why }) => why === null).map(({ text }) => text);
  const [address] = all;
  if (address !== undefined) return { address, all };
  const { text, why } = judged[0] ?? { text: named, why: "is no address" };
  const at = text === named ? text : `${named} is at ${text}, which`;
  throw new HostFault(
    "refused",
    `${at} ${why}. Give another host, or have the platform's administrator allow it with MAILFERRY_ALLOW_NETWORKS.`,
  );
}

/** Why an address is refused, as the rest of a sentence; null when it may be used. Deny beats allow, allow lifts defaults. */
export function whyRefused(text: string, policy: NetworkPolicy, port?: number): string | null {
  if (!ipaddr.isValid(text)) return "is no address";
  const forms = formsOf(ipaddr.parse(text));
  const among = (networks: Cidr[]) => forms.some((ip) => networks.some((network) => inside(ip, network)));
  if (policy.own.some((door) => door.port === port && forms.some((ip) => ip.toString() === plainForm(door.address))))
    return "is this installation's own database or portal";
  if (among(policy.deny)) return "is in a network that MAILFERRY_DENY_NETWORKS refuses";
  if (among(policy.allow)) return null;
  for (const ip of forms) {
    const rule = refusedByDefault.find(({ network }) => inside(ip, network));
    if (rule) return rule.why;
  }
  return null;
}

const network = (text: string): Cidr => ipaddr.parseCIDR(text);
const refusedByDefault: { network: Cidr; why: string }[] = [
  { network: network("0.0.0.0/8"), why: "is no address of a server" },
  { network: network("127.0.0.0/8"), why: "is Mailferry's own machine" },
  { network: network("169.254.0.0/16"), why: "is a link-local or metadata address" },
  { network: network("100.100.100.200/32"), why: "is a cloud's metadata address" },
  { network: network("168.63.129.16/32"), why: "is a cloud's metadata address" },
  { network: network("192.0.0.192/32"), why: "is a cloud's metadata address" },
  { network: network("224.0.0.0/4"), why: "is a multicast address" },
  { network: network("240.0.0.0/4"), why: "is a reserved or broadcast address" },
  { network: network("::/128"), why: "is no address of a server" },
  { network: network("::1/128"), why: "is Mailferry's own machine" },
  { network: network("fe80::/10"), why: "is a link-local address" },
  { network: network("fd00:ec2::254/128"), why: "is a cloud's metadata address" },
  { network: network("fd20:ce::254/128"), why: "is a cloud's metadata address" },
  { network: network("fd00:c1::a9fe:a9fe/128"), why: "is a cloud's metadata address" },
  // Local NAT64 (RFC 8215): where in it the IPv4 address stands is its operator's choice, so nothing can be checked.
  { network: network("64:ff9b:1::/48"), why: "is a local NAT64 address, which hides another" },
  { network: network("ff00::/8"), why: "is a multicast address" },
  // Teredo (RFC 4380) hides an IPv4 address behind a relay of somebody else's choice; no mail server lives there.
  { network: network("2001::/32"), why: "is a Teredo tunnel" },
];

/** IPv6 networks that carry an IPv4 address, and the octet where it begins. */
const carriers: { network: Cidr; at: number }[] = [
  { network: network("::/96"), at: 12 }, // IPv4-compatible, RFC 4291 §2.5.5.1
  { network: network("::ffff:0:0/96"), at: 12 }, // IPv4-mapped, RFC 4291 §2.5.5.2
  { network: network("::ffff:0:0:0/96"), at: 12 }, // IPv4-translated, RFC 2765
  { network: network("64:ff9b::/96"), at: 12 }, // NAT64, RFC 6052
  { network: network("2002::/16"), at: 2 }, // 6to4, RFC 3056
];

/** The address itself and every IPv4 address that it stands for. */
function formsOf(ip: Ip): Ip[] {
  const bytes = ip.toByteArray();
  const carried = carriers
    .filter((carrier) => inside(ip, carrier.network))
    .map(({ at }) => ipaddr.fromByteArray(bytes.slice(at, at + 4)));
  return [ip, ...carried];
}

const inside = (ip: Ip, [base, bits]: Cidr): boolean =>
  ip instanceof ipaddr.IPv4
    ? base instanceof ipaddr.IPv4 && ip.match(base, bits)
    : base instanceof ipaddr.IPv6 && ip.match(base, bits);

/** One spelling per address; a mapped one as the IPv4 address that it is. */
const plainForm = (text: string): string => (ipaddr.isValid(text) ? ipaddr.process(text).toString() : text);

function cidr(text: string, variable: string): Cidr {
  try {
    if (text.includes("/")) return ipaddr.parseCIDR(text);
    const one = ipaddr.parse(text);
    return [one, one.kind() === "ipv4" ? 32 : 128];
  } catch {
    throw new Refusal(`${variable}: “${text}” is no network. Write it like 10.1.0.0/16 or fd00:1::/64.`);
  }
}

async function lookUp(name: string, { resolver = systemResolver, timeoutMs = 15_000 }: ResolveOptions) {
  const unknown = `There is no host named ${name}. Check the spelling, or whether this network's DNS knows the name.`;
  // "0x7f.1", "2130706433": the system's resolver would read these as addresses; ours takes names only.
  if (!/[a-z\u0080-\uffff]/i.test(name.split(".").at(-1) ?? "") || /(^|\.)0x[0-9a-f]+$/i.test(name))
    throw new HostFault("unknown", unknown);
  let found: string[];
  try {
    found = await resolver(name, timeoutMs);
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    const message = `The name ${name} could not be looked up (${words}). Mailferry tries again; check this network's DNS.`;
    throw new HostFault("dns", message);
  }
  const valid = found.filter((text) => ipaddr.isValid(text));
  if (valid.length === 0) throw new HostFault("unknown", unknown);
  return valid.sort((a, b) => Number(ipaddr.IPv6.isValid(a)) - Number(ipaddr.IPv6.isValid(b)));
}
