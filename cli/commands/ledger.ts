// ledger: proves per tenant that the sum holds and that the stored bytes of undelivered mail are those that were collected.
// It does what the worker's ledger job does, at once; what is wrong is told, raised as an alert, and left as it is.
import { checkBytes, checkSums } from "@/domain/ledger/check";
import { bodiesWaiting, wrongMails } from "@/domain/ledger/faults";
import { type LedgerTenant, ledgerTenants } from "@/domain/ledger/health";
import { holds, placesTotal, type Sum } from "@/domain/ledger/sum";
import { wrongWords } from "@/domain/ledger/words";
import { sqlOf } from "@/domain/scope";
import { mintScope } from "@/domain/scope-mint";
import { sizeWords } from "@/domain/size-words";
import type { Db } from "@/lib/db";
import { Refusal } from "@/lib/errors";
import type { CommandContext } from "../command";
import { bodiesWords, sumWords } from "./ledger-words";

/** Without --all, of each tenant: what a person waits for gladly. */
const sample = { bodies: 2000, octets: 256 * 1024 * 1024, ms: 20_000 };
const namedMost = 50;

export async function ledgerCommand({ args, db, print, say }: CommandContext): Promise<number> {
  const slug = args.values.get("tenant");
  const all = args.switches.has("all");
  const opened = await db();
  const tenants = await ledgerTenants(opened, slug);
  if (slug && tenants.length === 0)
    throw new Refusal(`There is no tenant “${slug}”, or it is being erased. “mailferry status” lists them.`);
  if (tenants.length === 0) print("No tenants yet: nothing to prove.\n");
  let faults = 0;
  for (const tenant of tenants) {
    say(`${tenant.slug}: reading …`);
    faults += await prove(opened, tenant, all, print);
  }
  if (tenants.length === 0) return 0;
  print(faults === 0 ? "Proved: nothing is missing.\n" : `${faults} ${faults === 1 ? "fault" : "faults"}.\n`);
  return faults === 0 ? 0 : 1;
}

/** Prints one tenant and returns its faults: each mail whose bytes are wrong, and the sum. */
async function prove(db: Db, tenant: LedgerTenant, all: boolean, print: (text: string) => void): Promise<number> {
  const { tenantId, slug, name } = tenant;
  const scope = mintScope(db, tenantId, { kind: "command", name: "ledger" });
  const now = new Date();
  const sum = (await checkSums(db, [tenantId], now)).get(tenantId);
  // Removed since it was listed.
  if (!sum) return 0;
  const read = await checkBytes(scope, now, all ? "all" : sample);
  const waiting = await bodiesWaiting(scope);
  const rest = read.bodies < waiting && !all ? " (a sample: --all reads every one)" : "";
  const lines = [
    `${slug} (${name})`,
    `  ${sumWords(sum)}`,
    `  read back ${read.bodies} of ${bodiesWords(waiting)} of undelivered mail, ${sizeWords(read.octets)}${rest}`,
    ...sumFault(sum),
    ...(await bytesFaults(db, tenantId, read.wrong)),
  ];
  print(`${lines.join("\n")}\n\n`);
  return read.wrong + (holds(sum) ? 0 : 1);
}

function sumFault(sum: Sum): string[] {
  if (holds(sum)) return [];
  const off = sum.collected - placesTotal(sum);
  const words = off > 0 ? `${off} missing` : `${-off} too many`;
  return [`  FAULT the sum does not hold: ${words}. No mail was touched; please report it with these numbers.`];
}

async function bytesFaults(db: Db, tenantId: string, wrong: number): Promise<string[]> {
  if (wrong === 0) return [];
  const mails = await wrongMails(sqlOf(db.pool), tenantId, namedMost);
  const lines = mails.map((mail) => `  FAULT mail ${mail.mailId} (${mail.place}): ${wrongWords(mail)}`);
  if (wrong > mails.length) lines.push(`  … and ${wrong - mails.length} more`);
  lines.push(
    "  Nothing was touched, and no such mail is sent: changed or cut it is held when its turn comes, unreadable it waits and is",
    "  tried again. Look at the database's disk and log, restore the bytes from a backup, run this again, and send what is held.",
  );
  return lines;
}
