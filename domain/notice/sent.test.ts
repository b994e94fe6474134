// What was told is found by its own indexes, however much other mail there is: Postgres' own words about the statement are read.
import { afterAll, beforeAll, expect, it } from "vitest";
import { mintScope } from "@/domain/scope-mint";
import { type TestDatabase, testDatabase } from "@/test/database";
import { type Explained, openExplained } from "@/test/explained";
import { listSent } from "./sent";

let db: TestDatabase;
let explained: Explained;
let tenantId: string;

beforeAll(async () => {
  db = await testDatabase();
  const { prisma, pool } = db.owner;
  tenantId = (await prisma.tenant.create({ data: { slug: "a", name: "A", timeZone: "UTC" } })).id;
  const { id: bodyId } = await prisma.body.create({ data: { tenantId, complete: true } });
  const mails = (kind: string, n: number) =>
    pool.query(
      `insert into mail (tenant_id, kind, body_id, size, subject, state, place, settled_at)
       select $1, $2, $3, 1, $2 || ' ' || n, 'settled', 'delivered', now() from generate_series(1, $4::int) n`,
      [tenantId, kind, bodyId, n],
    );
  await mails("collected", 2000);
  await mails("notice", 500);
  await mails("collected", 2000);
  await pool.query(
    `insert into notice (tenant_id, kind, cause, state, sent_mail_id)
     select m.tenant_id, 'spam', 'x', 'told', m.id from mail m, generate_series(1, 4) where m.kind = 'notice'`,
  );
  await pool.query(
    `insert into recipient (tenant_id, mail_id, address, original, via, place)
     select tenant_id, id, 'a@a.example', 'a@a.example', 'single', 'delivered' from mail`,
  );
  await pool.query("analyze mail, notice, recipient");
  explained = openExplained(db.urls.owner);
}, 60_000);
afterAll(async () => {
  await explained?.db.close();
  await db?.drop();
});

it.each([null, 2300])("looks at no more than the page shows, from %s on", async (before) => {
  const scope = mintScope(explained.db, tenantId, { kind: "command", name: "Ann" });
  const { rows } = await listSent(scope, before, 30);
  const newest = before === null ? 500 : 299;
  expect(rows.map(({ subject }) => subject)).toEqual(Array.from({ length: 30 }, (_, n) => `notice ${newest - n}`));
  expect(rows[0]).toMatchObject({ kind: "spam", events: 4 });
  const plan = explained.plansOf("cross join lateral");
  expect(plan).toMatch(/Index Scan Backward using mail_notice on mail m .* rows=31\b/);
  expect(plan).toContain("notice_sent_mail");
  expect(plan).not.toMatch(/Seq Scan|Hash|Merge|Gather|Sort Key: m/);
});
