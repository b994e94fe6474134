// Own doors: this installation's database and portal. They are no mail servers, whatever network they are in and whatever
// networks the platform allows.
import { networkInterfaces } from "node:os";
import ipaddr from "ipaddr.js";
import type { WorkerEnv } from "@/lib/env";
import { type NetworkPolicy, networkPolicy } from "@/mail/network";
import { type Resolver, systemResolver } from "@/mail/resolver";

export interface Door {
  address: string;
  port: number;
}

type Installation = Pick<WorkerEnv, "databaseUrl" | "url" | "portalPort" | "allowNetworks" | "denyNetworks">;

/** What this worker may dial. Asked before each connection: names move. */
export const dialPolicy = async (env: Installation): Promise<NetworkPolicy> =>
  networkPolicy(env.allowNetworks, env.denyNetworks, await ownDoors(env));

export async function ownDoors(
  { databaseUrl, url, portalPort }: Pick<Installation, "databaseUrl" | "url" | "portalPort">,
  resolver: Resolver = systemResolver,
): Promise<Door[]> {
  const here = ownAddresses();
  const database = await doorsOf(databaseUrl, 5432, resolver);
  // A database of this machine answers at each of its addresses.
  const local = database.find(({ address }) => here.includes(address));
  return [
    ...database,
    ...(await doorsOf(url, url.startsWith("http:") ? 80 : 443, resolver)),
    ...here.flatMap((address) => [portalPort, ...(local ? [local.port] : [])].map((port) => ({ address, port }))),
  ];
}

let seen = { addresses: [] as string[], at: Number.NEGATIVE_INFINITY };
const seenForMs = 5000;

/** To ask the system for them costs a quarter of a millisecond, for each mailbox in each round. */
function ownAddresses(): string[] {
  if (performance.now() - seen.at > seenForMs)
    seen = {
      addresses: Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address)),
      at: performance.now(),
    };
  return seen.addresses;
}

async function doorsOf(text: string, usualPort: number, resolver: Resolver): Promise<Door[]> {
  if (!URL.canParse(text)) return [];
  const url = new URL(text);
  const named = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const found = known.get(named);
  const fresh = found !== undefined && Date.now() - found.at < knownForMs;
  const addresses = ipaddr.isValid(named) ? [named] : fresh ? found.addresses : await lookUp(named, resolver);
  return addresses.map((address) => ({ address, port: Number(url.port || usualPort) }));
}

const known = new Map<string, { addresses: string[]; at: number }>();
const knownForMs = 60_000;

/** What it was known by last, when nobody answers now; nothing is kept of a look-up that found nothing. */
async function lookUp(name: string, resolver: Resolver): Promise<string[]> {
  const addresses = await resolver(name, 5000).catch(() => known.get(name)?.addresses ?? []);
  if (addresses.length > 0) known.set(name, { addresses, at: Date.now() });
  return addresses;
}
