// The companies of a scenario in Mailferry, brought in as `import` does; what is not said is as a new company has it.
import { stringify } from "yaml";
import { applyConfig } from "@/domain/config/apply";
import { readConfig } from "@/domain/config/read";
import { exchangeDefaults } from "@/domain/exchange/schema";
import { mailboxDefaults } from "@/domain/mailbox/schema";
import { readPrivateKeys } from "@/lib/seal";
import type { Place } from "@/test/worker-process";
import type { Box } from "./boxes";
import { type Ends, portOf } from "./contender";
import { password } from "./source";

export async function bringIn(place: Place, ends: Ends): Promise<void> {
  const read = readConfig(stringify({ version: 1, tenants: companiesOf(ends) }));
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  const keys = await readPrivateKeys(place.keyFile);
  const options = { check: false, prune: false, stopped: false, keys, env: {}, now: new Date() };
  const applied = await applyConfig(place.db.owner, read.file, options);
  if (!applied.ok) throw new Error(JSON.stringify(applied.faults));
}

function companiesOf(ends: Ends) {
  const boxes = new Map<string, Box[]>();
  for (const box of ends.boxes) boxes.set(box.company, [...(boxes.get(box.company) ?? []), box]);
  return [...boxes].map(([slug, own]) => ({
    ...{ slug, name: `Company ${slug}`, timeZone: "UTC" },
    exchange: exchangeOf(slug, own[0] ? portOf(ends, own[0]) : 0, ends),
    mailboxes: own.map((box) => mailboxOf(box, ends)),
  }));
}

const exchangeOf = (slug: string, port: number, { connections, fingerprint }: Ends) => ({
  ...{ host: "127.0.0.1", port, postmaster: `postmaster@${slug}.example`, maxConnections: connections },
  ...(fingerprint ? { tls: "require", certificate: `sha256:${fingerprint}` } : { tls: exchangeDefaults.tls }),
});

const mailboxOf = ({ user, address }: Box, { sourcePort, scenario, fingerprint }: Ends) => ({
  ...{ name: user, username: user, password, protocol: scenario.protocol, host: "127.0.0.1", port: sourcePort },
  ...(fingerprint ? { tls: "implicit", certificate: `sha256:${fingerprint}` } : { tls: "off" }),
  ...{ after: "delete", pollSeconds: mailboxDefaults.pollSeconds, timeoutSeconds: mailboxDefaults.timeoutSeconds },
  recipients: { mode: "single", address },
});
