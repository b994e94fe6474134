// doctor, the ledger job: does every sum hold, are the stored bytes whole, and was that looked at within a day?
import { ledgerHealth, type TenantHealth } from "@/domain/ledger/health";
import { mailWords } from "@/domain/mail-words";
import type { Db } from "@/lib/db";
import { type Finding, fault, note, ok } from "./finding";
import { timeWords } from "./ledger-words";

const named = 5;

export async function ledgerFindings(db: Db): Promise<Finding[]> {
  const health = await ledgerHealth(db);
  if (health.tenants === 0) return [];
  const findings = health.faulty.flatMap(faultsOf);
  const { late, stale } = health;
  if (late.length > 0) {
    const oldest = late[0]?.since;
    findings.push(
      fault(
        "ledger",
        `${slugs(late)} not proved ${oldest ? `since ${timeWords(oldest)}` : "yet"} although a worker runs. Its log says why (room tidy); “mailferry ledger” does it at once.`,
      ),
    );
  }
  if (stale.length > 0) findings.push(note("ledger", `${slugs(stale)} not proved for a day: no worker runs for them.`));
  if (findings.some(({ state }) => state === "fault")) return findings;
  const proved = health.lastRun ? `the last one ${timeWords(health.lastRun)}` : "none proved yet";
  const all = `every sum holds and no stored mail is known to be wrong; ${health.tenants} ${health.tenants === 1 ? "tenant" : "tenants"}, ${proved}`;
  return [...findings, ok("ledger", all)];
}

function faultsOf({ slug, sumHolds, wrong }: TenantHealth): Finding[] {
  const found: Finding[] = [];
  const look = `Run “mailferry ledger --tenant ${slug}”`;
  if (!sumHolds) found.push(fault("ledger", `${slug}: the sum does not hold. ${look} and report its numbers.`));
  if (wrong > 0)
    found.push(
      fault(
        "ledger",
        `${slug}: the stored bytes of ${mailWords(wrong)} are wrong. ${look}: it names them. Look at the database's disk and log, and restore them from a backup.`,
      ),
    );
  return found;
}

function slugs(tenants: { slug: string }[]): string {
  const shown = tenants.slice(0, named).map(({ slug }) => slug);
  const more = tenants.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""} ${tenants.length === 1 ? "was" : "were"}`;
}
