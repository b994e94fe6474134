// Opening a mailbox at its provider: the password out of its seal, the host resolved once and checked. Polls and tests
// come through here, so that a test proves what a poll will do.
import ipaddr from "ipaddr.js";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { HostFault, networkPolicy, resolveAllowed } from "@/mail/network";
import { openSource } from "@/mail/open-source";
import { type Resolver, systemResolver } from "@/mail/resolver";
import { type OpenOptions, SourceFault, type SourceSession } from "@/mail/source";
import type { WorkerContext } from "./room";

export type Reachable = Pick<
  MailboxSettings,
  "protocol" | "host" | "port" | "tls" | "certificate" | "username" | "folder" | "timeoutSeconds"
>;

export async function openMailbox(
  context: WorkerContext,
  settings: Reachable,
  password: string,
  options: OpenOptions,
): Promise<SourceSession> {
  const { address } = await resolved(context, settings);
  return openSource(
    {
      protocol: settings.protocol,
      host: settings.host,
      address,
      port: settings.port,
      tls: settings.tls,
      wish: { certificate: settings.certificate, name: settings.host, oldest: "1.2" },
      username: settings.username,
      password,
      folder: settings.folder,
      timeoutMs: settings.timeoutSeconds * 1000,
    },
    options,
  );
}

async function resolved(context: WorkerContext, { host, port }: Reachable) {
  const { allowNetworks, denyNetworks, databaseUrl } = context.env;
  const policy = networkPolicy(allowNetworks, denyNetworks, await ownDoors(databaseUrl));
  try {
    return await resolveAllowed(host, policy, { port });
  } catch (error) {
    if (!(error instanceof HostFault)) throw error;
    throw new SourceFault(error.kind === "refused" ? "protocol" : "unreachable", error.message, "", { field: "host" });
  }
}

/** The database this worker uses is no mail server, whatever network it is in. */
export async function ownDoors(
  databaseUrl: string,
  resolver: Resolver = systemResolver,
): Promise<{ address: string; port: number }[]> {
  if (!URL.canParse(databaseUrl)) return [];
  const url = new URL(databaseUrl);
  const named = url.hostname.replace(/^\[(.*)\]$/, "$1");
  const known = doors.get(named);
  const fresh = known !== undefined && Date.now() - known.at < doorsAreKnownMs;
  const addresses = ipaddr.isValid(named) ? [named] : fresh ? known.addresses : await lookUp(named, resolver);
  return addresses.map((address) => ({ address, port: Number(url.port || 5432) }));
}

const doors = new Map<string, { addresses: string[]; at: number }>();
const doorsAreKnownMs = 60_000;

/** What it was known by last, when nobody answers now. */
async function lookUp(name: string, resolver: Resolver): Promise<string[]> {
  const addresses = await resolver(name, 5000).catch(() => doors.get(name)?.addresses ?? []);
  doors.set(name, { addresses, at: Date.now() });
  return addresses;
}
