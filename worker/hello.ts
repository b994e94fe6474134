// How this worker names itself in HELO and Received: MAILFERRY_NAME, else its full DNS name, else its address in brackets.
import { promises as dns } from "node:dns";
import net from "node:net";
import os from "node:os";
import { rest } from "@/lib/clock";
import { Refusal } from "@/lib/errors";

const label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const fullName = new RegExp(`^(?=.{4,253}$)${label}(?:\\.${label})+$`, "i");
const literal = /^\[(?:[\d.]+|IPv6:[0-9a-f:.]+)\]$/i;

/** A valid name with a dot (RFC 5321 §4.1.1.1), whose last part isn't a number. */
export const isFullName = (name: string): boolean => fullName.test(name) && !/\.\d+$/.test(name);

export async function workerName(given: string, machine: Machine = thisMachine): Promise<string> {
  if (given !== "") {
    if (isFullName(given) || literal.test(given)) return given;
    throw new Refusal(
      `MAILFERRY_NAME is “${given.slice(0, 100)}”: give a full name like ferry.provider.example, or leave it out.`,
    );
  }
  const host = machine.hostname();
  if (isFullName(host)) return host.toLowerCase();
  const found = await machine.fullName(host);
  if (found && isFullName(found)) return found.toLowerCase();
  return bracketed(machine.address());
}

export const bracketed = (address: string): string => (net.isIPv6(address) ? `[IPv6:${address}]` : `[${address}]`);

export interface Machine {
  hostname(): string;
  /** the name that DNS gives for the short one, or null */
  fullName(host: string): Promise<string | null>;
  address(): string;
}

const patience = 2000;

export const thisMachine: Machine = {
  hostname: () => os.hostname(),
  fullName: async (host) => {
    const asked = dns
      .lookup(host)
      .then(({ address }) => dns.lookupService(address, 0))
      .then(({ hostname }) => hostname)
      .catch(() => null);
    return Promise.race([asked, rest(patience).then(() => null)]);
  },
  address: () => {
    const all = Object.values(os.networkInterfaces()).flatMap((list) => list ?? []);
    const outer = all.filter(({ internal }) => !internal);
    const found =
      outer.find(({ family }) => family === "IPv4") ?? outer.find(({ address }) => !address.startsWith("fe80"));
    return found?.address ?? "127.0.0.1";
  },
};
