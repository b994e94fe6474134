// status: per tenant the sum, lanes and mailboxes, from one snapshot. The JSON shape is promised to scripts.
import { proofs } from "@/domain/ledger/health";
import { sqlOf } from "@/domain/scope";
import { spacePause } from "@/domain/space/store";
import { type Status, status } from "@/domain/status/status";
import { Refusal } from "@/lib/errors";
import type { CommandContext } from "../command";
import { proofWords, sumWords } from "./ledger-words";

type TenantStatus = Status["tenants"][number];

export async function statusCommand({ args, db, print }: CommandContext): Promise<number> {
  const slug = args.values.get("tenant");
  const found = await status(await db(), slug);
  if (slug && found.tenants.length === 0)
    throw new Refusal(`There is no tenant “${slug}”. “mailferry status” lists them.`);
  if (args.switches.has("json")) {
    print(`${JSON.stringify(found, null, 2)}\n`);
    return 0;
  }
  const pause = await spacePause(sqlOf((await db()).pool));
  if (pause)
    print(
      `Collecting is paused since ${pause.since.toISOString()}: ${pause.seen}. Mail waits at the providers, nothing is lost.\n\n`,
    );
  if (found.tenants.length === 0) print("No tenants yet. Make one in the portal, or import a configuration file.\n");
  // What is promised to scripts has its shape; the ledger job's last word, and the pause above, are for people.
  const proved = await proofs(await db(), slug);
  const now = new Date();
  for (const tenant of found.tenants) print(`${inWords(tenant, proofWords(proved.get(tenant.slug), now))}\n\n`);
  return 0;
}

/** The JSON keeps the breaker's own words; "closed" would sound to people as if nothing went through. */
const laneWords: Record<TenantStatus["lanes"][number]["state"], string> = {
  closed: "no fault",
  open: "stopped",
  "half-open": "being tried",
  paused: "paused",
};

function inWords(tenant: TenantStatus, proof: string): string {
  const lines = [
    `${tenant.slug} (${tenant.name})${tenant.state === "closed" ? ", closed" : ""}`,
    `  ${sumWords(tenant)}`,
    `  ${proof}`,
  ];
  if (tenant.oldestWaiting) lines.push(`  oldest waiting since ${tenant.oldestWaiting}`);
  for (const lane of tenant.lanes) {
    const why = lane.reason ? `: ${lane.reason}` : "";
    const next = lane.nextTry ? `, next try ${lane.nextTry}` : "";
    lines.push(
      `  server ${lane.host}:${lane.port}  ${laneWords[lane.state]}, ${lane.connections} connections${why}${next}`,
    );
  }
  for (const box of tenant.mailboxes) {
    const result = box.lastPoll ? `${box.result ?? "?"} at ${box.lastPoll}` : "not polled yet";
    const fault = box.lastError ? `: ${box.lastError}` : "";
    lines.push(`  mailbox ${box.name}  ${box.state}, ${result}${box.nextPoll ? `, next ${box.nextPoll}` : ""}${fault}`);
  }
  return lines.join("\n");
}
