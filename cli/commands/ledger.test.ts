// The command that proves, and what status and doctor say of the ledger job, on a real database.
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseArguments } from "@/cli/arguments";
import type { CommandContext } from "@/cli/command";
import { makeTenant } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { cut, flip, mailAsStored, storeMail } from "@/test/ledger";
import { ledgerFindings } from "./doctor-ledger";
import { ledgerCommand } from "./ledger";
import { proofWords } from "./ledger-words";
import { statusCommand } from "./status";

let db: TestDatabase;
let tenantId: string;
beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  await db.owner.pool.query("delete from tenant");
  await db.owner.pool.query("delete from worker");
  ({ tenantId } = await makeTenant(db, "contoso"));
});
afterAll(() => db.drop());

const flags = { tenant: "value", all: "switch", json: "switch" } as const;
async function run(command: (context: CommandContext) => Promise<number>, line = "") {
  let printed = "";
  const code = await command({
    args: parseArguments({ usage: "", words: [], flags }, line.split(" ").filter(Boolean)),
    env: {} as NodeJS.ProcessEnv,
    db: async () => db.owner,
    print: (text) => {
      printed += text;
    },
    say: () => {},
  });
  return { code, printed };
}
const ledger = (line = "") => run(ledgerCommand, line);
const status = (line = "") => run(statusCommand, line);
const beat = () =>
  db.owner.pool.query("insert into worker (id, name, sites) values ($1, 'ferry.example', '{main}')", [randomUUID()]);
const doctor = async () => (await ledgerFindings(db.owner)).map(({ state, words }) => `${state} ${words}`);

describe("ledger", () => {
  it("prints the sum and how much was read back, and ends with 0 when nothing is missing", async () => {
    await storeMail(db, tenantId);
    await storeMail(db, tenantId, { place: "badmail" });
    await storeMail(db, tenantId, { place: "delivered" });
    const { code, printed } = await ledger();
    expect(code).toBe(0);
    expect(printed).toContain("contoso (contoso)\n  collected 3 = delivered 1 + waiting 1 + badmail 1\n");
    expect(printed).toContain("  read back 2 of 2 bodies of undelivered mail, 2 KB\n");
    expect(printed).toMatch(/\nProved: nothing is missing\.\n$/);
  });

  it("names each mail and the sum that is wrong, raises alerts, mends nothing, and ends with 1", async () => {
    const changed = await storeMail(db, tenantId);
    const short = await storeMail(db, tenantId, { size: 600_000, place: "held" });
    await flip(db, changed);
    await cut(db, short, 1);
    await db.owner.pool.query("update ledger set collected = 3 where tenant_id = $1", [tenantId]);
    const before = await mailAsStored(db, tenantId);
    for (const line of ["", "--all"]) {
      const { code, printed } = await ledger(line);
      expect(code).toBe(1);
      expect(printed).toContain("collected 3 = waiting 1 + held 1   DOES NOT ADD UP: 2");
      expect(printed).toContain("FAULT the sum does not hold: 1 missing.");
      expect(printed).toContain(`FAULT mail ${changed.mailId} (waiting): its bytes were changed`);
      expect(printed).toMatch(
        new RegExp(`FAULT mail ${short.mailId} \\(held\\): [\\d,]+ bytes are there instead of 600,`),
      );
      expect(printed).toMatch(/\n3 faults\.\n$/);
    }
    expect(await mailAsStored(db, tenantId)).toBe(before);
    const { rows } = await db.owner.pool.query(
      "select kind from alert where tenant_id = $1 and resolved_at is null order by kind",
      [tenantId],
    );
    expect(rows).toEqual([{ kind: "bytes" }, { kind: "sum" }]);
  });

  it("of one company says nothing of another, and refuses one that is not there", async () => {
    const other = await makeTenant(db, "fabrikam");
    await flip(db, await storeMail(db, other.tenantId));
    const ours = await ledger("--tenant contoso --all");
    expect(ours).toMatchObject({ code: 0, printed: expect.not.stringContaining("fabrikam") });
    expect((await ledger("--tenant fabrikam")).code).toBe(1);
    expect((await ledger("--all")).code).toBe(1);
    await expect(ledger("--tenant nobody")).rejects.toThrow("There is no tenant “nobody”");
  });
});

describe("status", () => {
  it("says when the ledger was proved and how many bodies, or what is wrong; its JSON stays as it is", async () => {
    const mail = await storeMail(db, tenantId);
    const json = (await status("--json")).printed;
    expect((await status()).printed).toContain("  ledger: not proved yet\n");
    await ledger();
    expect((await status()).printed).toMatch(/ {2}ledger: proved \d\d:\d\d, 1 body \(UTC\)\n/);
    await flip(db, mail);
    await db.owner.pool.query("update ledger set merged = 1 where tenant_id = $1", [tenantId]);
    await ledger();
    expect((await status("--tenant contoso")).printed).toMatch(
      /ledger: FAULT, the sum does not hold, and the stored bytes of 1 mail are wrong; looked at \d\d:\d\d, 1 body/,
    );
    await db.owner.pool.query("update ledger set merged = 0 where tenant_id = $1", [tenantId]);
    expect((await status("--json")).printed).toBe(json);
  });

  it("names the day when it was another", () => {
    const proof = {
      sumAt: null,
      sumHolds: true,
      provedAt: new Date("2026-11-23T14:02:00Z"),
      bodies: 12,
      octets: 1,
      allSince: null,
      wrong: 0,
    };
    expect(proofWords(proof, new Date("2026-11-23T15:00:00Z"))).toBe("ledger: proved 14:02, 12 bodies (UTC)");
    expect(proofWords(proof, new Date("2026-11-24T15:00:00Z"))).toBe(
      "ledger: proved 2026-11-23 14:02, 12 bodies (UTC)",
    );
  });
});

describe("doctor", () => {
  it("is content with a sum and bytes that were proved", async () => {
    await storeMail(db, tenantId);
    await beat();
    expect(await doctor()).toEqual([expect.stringMatching(/^ok .*1 tenant, none proved yet$/)]);
    await ledger();
    expect(await doctor()).toEqual([expect.stringMatching(/^ok every sum holds .*1 tenant, the last one 20.* UTC$/)]);
  });

  it("names a sum and a hash that are wrong, with the remedy", async () => {
    await flip(db, await storeMail(db, tenantId));
    await db.owner.pool.query("update ledger set merged = 1 where tenant_id = $1", [tenantId]);
    await ledger();
    expect(await doctor()).toEqual([
      expect.stringMatching(/^fault contoso: the sum does not hold\. Run “mailferry ledger --tenant contoso”/),
      expect.stringMatching(/^fault contoso: the stored bytes of 1 mail are wrong\. .*backup/),
    ]);
  });

  it("is not content when the job has not run for a day although a worker runs", async () => {
    await ledger();
    await db.owner.pool.query("update ledger_proof set bytes_at = now() - interval '25 hours'");
    expect(await doctor()).toEqual([
      expect.stringMatching(/^note contoso was not proved for a day: no worker runs/),
      expect.stringMatching(/^ok /),
    ]);
    await beat();
    expect(await doctor()).toEqual([
      expect.stringMatching(/^fault contoso was not proved since 20.* although a worker/),
    ]);
    await db.owner.pool.query("delete from ledger_proof");
    expect(await doctor()).toEqual([expect.stringMatching(/^ok /)]);
    await db.owner.pool.query("update tenant set created_at = now() - interval '2 days'");
    expect(await doctor()).toEqual([expect.stringMatching(/^fault contoso was not proved yet although a worker/)]);
  });
});
