// The ledger job on a real Postgres: what is wrong is found, named and told, and never mended.
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openAlertsOf } from "@/domain/alert/store";
import { chunkSize } from "@/domain/message/body";
import { sqlInTenant } from "@/domain/scope";
import { makeTenant, personScope, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { cut, flip, mailAsStored, type Stored, storeMail } from "@/test/ledger";
import { type BytesResult, checkBytes, checkSums, type Limits } from "./check";
import { claimProof, proofOf } from "./proof";

let db: TestDatabase;
let tenantId: string;
const now = new Date("2026-11-24T14:02:00Z");
const plenty: Limits = { bodies: 100, octets: 1e9, ms: 60_000 };
const few = (bodies: number): Limits => ({ ...plenty, bodies });

beforeAll(async () => {
  db = await testDatabase();
});
beforeEach(async () => {
  ({ tenantId } = await makeTenant(db));
});
afterAll(() => db.drop());

const check = (limits: Limits | "all" = plenty, at = now): Promise<BytesResult> =>
  checkBytes(workerScope(db, tenantId), at, limits);
const proof = () => proofOf(personScope(db, tenantId));
const alert = async (kind: string) =>
  (
    await db.owner.pool.query(
      "select text, facts, resolved_at as resolved from alert where cause = $1 order by raised_at desc limit 1",
      [`${kind}:${tenantId}`],
    )
  ).rows[0];

describe("stored bytes", () => {
  const wrongs: [string, (mail: Stored) => Promise<() => Promise<unknown>>, object][] = [
    [
      "a byte changed in the first chunk",
      async (mail) => {
        await flip(db, mail);
        return () => flip(db, mail);
      },
      { why: "changed" },
    ],
    [
      "a byte changed in a later chunk",
      async (mail) => {
        await flip(db, mail, 3);
        return () => flip(db, mail, 3);
      },
      { why: "changed" },
    ],
    ["a chunk in the middle is gone", (mail) => cut(db, mail, 2), { why: "length" }],
    ["the last chunk is gone", (mail) => cut(db, mail, 5), { why: "length" }],
    [
      "a line too much in front",
      async (mail) => {
        const set = (by: number) =>
          db.owner.pool.query("update body set prefix_length = prefix_length + $2 where id = $1", [mail.bodyId, by]);
        await set(1);
        return () => set(-1);
      },
      { why: "changed" },
    ],
    [
      "erased although a mail needs it",
      async (mail) => {
        const set = (at: Date | null) =>
          db.owner.pool.query("update body set erased_at = $2 where id = $1", [mail.bodyId, at]);
        await set(now);
        return () => set(null);
      },
      { why: "erased" },
    ],
  ];
  it.each(wrongs)("%s: found, named, told, nothing mended, and over when right again", async (_name, spoil, wrong) => {
    await storeMail(db, tenantId, { place: "held" });
    const mail = await storeMail(db, tenantId, { size: 1_400_000, place: "badmail", subject: "Invoice" });
    expect(await check()).toMatchObject({ bodies: 2, wrong: 0 });
    expect(await alert("bytes")).toBeUndefined();
    const restore = await spoil(mail);
    const before = await mailAsStored(db, tenantId);
    expect(await check()).toMatchObject({ bodies: 2, wrong: 1 });
    expect(await mailAsStored(db, tenantId)).toBe(before);
    expect(await proof()).toMatchObject({
      provedAt: now,
      wrong: 1,
      first: [{ mailId: mail.mailId, subject: "Invoice", place: "badmail", size: mail.size, ...wrong }],
    });
    expect(await alert("bytes")).toMatchObject({
      resolved: null,
      text: expect.stringContaining(mail.mailId),
      facts: { wrong: 1, mails: [{ id: mail.mailId, place: "badmail", ...wrong }] },
    });
    await restore();
    expect(await check()).toMatchObject({ wrong: 0 });
    expect((await alert("bytes"))?.resolved).not.toBeNull();
    expect(await proof()).toMatchObject({ wrong: 0, first: [] });
  });

  it("that Postgres itself can't read are a fault of that mail alone", async () => {
    const broken = await storeMail(db, tenantId);
    await storeMail(db, tenantId);
    const { pool } = db.owner;
    // What a damaged page or a toasted value with a hole in it answers.
    await pool.query(`create function broken(id uuid) returns boolean language plpgsql as $$ begin
      if id = '${broken.bodyId}' then raise exception 'missing chunk number 0 for toast value' using errcode = 'XX001';
      end if; return true; end $$`);
    await pool.query("create policy damaged on body_chunk as restrictive for select using (broken(body_id))");
    expect(await check()).toMatchObject({ bodies: 2, wrong: 1 });
    expect((await proof()).first).toMatchObject([{ mailId: broken.mailId, why: "unreadable" }]);
    await pool.query("drop policy damaged on body_chunk");
    await pool.query("drop function broken(uuid)");
    expect(await check()).toMatchObject({ wrong: 0 });
  });

  it("of mail that is over are nobody's matter, and a fault ends with its mail", async () => {
    const delivered = await storeMail(db, tenantId, { place: "delivered" });
    await cut(db, delivered, 0);
    expect(await check()).toMatchObject({ bodies: 0, wrong: 0 });
    const held = await storeMail(db, tenantId, { place: "held" });
    await cut(db, held, 0);
    expect(await check()).toMatchObject({ wrong: 1 });
    await db.owner.pool.query("update mail set place = 'deleted' where id = $1", [held.mailId]);
    expect((await proof()).wrong).toBe(0);
    expect(await check()).toMatchObject({ wrong: 0 });
    expect((await db.owner.pool.query("select 1 from body_fault where tenant_id = $1", [tenantId])).rowCount).toBe(0);
    expect((await alert("bytes"))?.resolved).not.toBeNull();
  });

  it("of a notice, which has no hash, are known by their length", async () => {
    const mail = await storeMail(db, tenantId);
    await db.owner.pool.query("update body set canonical_hash = null where id = $1", [mail.bodyId]);
    await flip(db, mail);
    expect(await check()).toMatchObject({ bodies: 1, wrong: 0 });
    await cut(db, mail, 0);
    expect(await check()).toMatchObject({ wrong: 1 });
  });

  it("that copies share are read once, and each mail is named", async () => {
    const mail = await storeMail(db, tenantId);
    await db.owner.pool.query(
      `insert into mail (tenant_id, kind, body_id, size, origin_mail_id) select tenant_id, 'copy', body_id, size, id
       from mail where id = $1`,
      [mail.mailId],
    );
    await flip(db, mail);
    expect(await check()).toMatchObject({ bodies: 1, wrong: 2 });
  });

  it("of one company are not another's: neither the fault nor its alert is shown there", async () => {
    const mail = await storeMail(db, tenantId);
    await flip(db, mail);
    await check();
    const other = (await makeTenant(db)).tenantId;
    await storeMail(db, other);
    expect(await checkBytes(workerScope(db, other), now, plenty)).toMatchObject({ bodies: 1, wrong: 0 });
    const theirs = personScope(db, other);
    expect(await proofOf(theirs)).toMatchObject({ wrong: 0, first: [] });
    expect(await openAlertsOf(theirs)).toEqual([]);
    expect(await openAlertsOf(personScope(db, tenantId))).toMatchObject([{ kind: "bytes" }]);
    const asWeb = (text: string) => sqlInTenant(theirs, (sql) => sql.query(text));
    expect(await asWeb("select * from body_fault")).toEqual([]);
    await expect(asWeb("delete from body_fault")).rejects.toThrow(/permission denied/);
    await expect(asWeb("update ledger_proof set bodies = 0")).rejects.toThrow(/permission denied/);
  });
});

describe("a sample", () => {
  it("moves on from run to run, so that every body comes around, also those that arrive meanwhile", async () => {
    const mails: Stored[] = [];
    for (const place of ["waiting", "held", "badmail", "waiting", "badmail", "held", "waiting"])
      mails.push(await storeMail(db, tenantId, { place }));
    for (const mail of mails) await flip(db, mail);
    const found: number[] = [];
    for (let n = 0; n < 3; n += 1) found.push((await check(few(2), new Date(now.getTime() + n))).wrong);
    expect(found[0]).toBe(2);
    expect((await proof()).allSince).toBeNull();
    mails.push(await storeMail(db, tenantId));
    for (let n = 3; n < 12 && (await proof()).allSince === null; n += 1)
      found.push((await check(few(2), new Date(now.getTime() + n))).wrong);
    // Each run goes on by at least one, although known faults are looked at again before.
    expect(found.length).toBeLessThanOrEqual(9);
    expect(found.at(-1)).toBe(7);
    expect(await proof()).toMatchObject({ allSince: now, wrong: 7 });
  });

  it("ends at its bytes and at its time, and still looks at one body", async () => {
    for (let n = 0; n < 3; n += 1) await storeMail(db, tenantId, { size: 5000 });
    expect(await check({ ...plenty, octets: 6000 })).toMatchObject({ bodies: 2 });
    expect(await check({ ...plenty, ms: 0.000001 })).toMatchObject({ bodies: 1 });
    expect(await check()).toMatchObject({ bodies: 3 });
  });

  it("does not pass by what was read when it is told to stop", async () => {
    const mail = await storeMail(db, tenantId);
    await flip(db, mail);
    const stopped = AbortSignal.abort();
    expect(await checkBytes(workerScope(db, tenantId), now, plenty, stopped)).toEqual({
      bodies: 0,
      octets: 0,
      wrong: 0,
    });
    expect((await proof()).provedAt).toBeNull();
    expect(await check()).toMatchObject({ bodies: 1, wrong: 1 });
  });

  it("is not needed with “all”, which reads each body and remembers what stood in between", async () => {
    for (let n = 0; n < 5; n += 1) await storeMail(db, tenantId);
    await check(few(2));
    expect(await check("all", new Date(now.getTime() + 5))).toMatchObject({ bodies: 5, wrong: 0 });
    expect(await proof()).toMatchObject({ bodies: 5, allSince: new Date(now.getTime() + 5) });
  });

  it("goes to the company that was looked at longest ago, and to one worker at a time", async () => {
    const { pool } = db.owner;
    const other = (await makeTenant(db)).tenantId;
    await pool.query("delete from ledger_proof");
    await checkSums(db.worker, [tenantId, other], now);
    await pool.query("update ledger_proof set due_at = now() - interval '1 minute' where tenant_id = $1", [other]);
    const claims = await Promise.all([claimProof(db.worker, ["main"], now), claimProof(db.worker, ["main"], now)]);
    expect(claims.sort()).toEqual([tenantId, other].sort());
    expect(await claimProof(db.worker, ["main"], now)).toBeNull();
    await pool.query("update ledger_proof set due_at = now() - interval '1 minute' where tenant_id = $1", [tenantId]);
    await pool.query("update ledger_proof set due_at = now() + interval '400 days' where tenant_id = $1", [other]);
    expect(await claimProof(db.worker, ["elsewhere"], now)).toBeNull();
    expect(await claimProof(db.worker, ["main"], now)).toBe(tenantId);
    // A clock that jumped ahead and back.
    expect(await claimProof(db.worker, ["main"], now)).toBe(other);
  });
});

describe("the sum", () => {
  afterEach(() => db.owner.pool.query("delete from alert"));

  it("that a count was changed in is found, told with its numbers, left as it is, and over when it holds again", async () => {
    await storeMail(db, tenantId, { place: "held" });
    await db.owner.pool.query("update ledger set delivered = 4 where tenant_id = $1", [tenantId]);
    const before = await mailAsStored(db, tenantId);
    const other = (await makeTenant(db)).tenantId;
    const sums = await checkSums(db.worker, [tenantId, other], now);
    expect(sums.get(tenantId)).toMatchObject({ collected: 1, held: 1, delivered: 4 });
    expect(await mailAsStored(db, tenantId)).toBe(before);
    expect(await proof()).toMatchObject({ sumHolds: false });
    expect(await proofOf(personScope(db, other))).toMatchObject({ sumHolds: true });
    expect(await openAlertsOf(personScope(db, other))).toEqual([]);
    expect(await alert("sum")).toMatchObject({ resolved: null, facts: { collected: 1, delivered: 4 } });
    await db.owner.pool.query("update ledger set delivered = 0 where tenant_id = $1", [tenantId]);
    await checkSums(db.worker, [tenantId, other], now);
    expect(await proof()).toMatchObject({ sumHolds: true });
    expect((await alert("sum"))?.resolved).not.toBeNull();
  });
});

it("a mail of 200 MB is read back chunk by chunk, in less than 64 MB of memory", async () => {
  const mail = await storeMail(db, tenantId);
  const chunk = Buffer.alloc(chunkSize, "mail");
  const chunks = 800;
  const { pool } = db.owner;
  await pool.query("delete from body_chunk where body_id = $1", [mail.bodyId]);
  await pool.query(
    `insert into body_chunk (tenant_id, body_id, n, data) select $1, $2, n, $3 from generate_series(0, $4::int - 1) n`,
    [tenantId, mail.bodyId, chunk, chunks],
  );
  const hash = createHash("sha256");
  for (let n = 0; n < chunks; n += 1) hash.update(chunk);
  await pool.query("update body set size = $2, prefix_length = 0, canonical_hash = $3 where id = $1", [
    mail.bodyId,
    chunks * chunkSize,
    hash.digest(),
  ]);
  const before = process.memoryUsage().rss;
  let highest = before;
  const watch = setInterval(() => {
    highest = Math.max(highest, process.memoryUsage().rss);
  }, 5);
  const result = await check("all");
  clearInterval(watch);
  expect(result).toEqual({ bodies: 1, octets: chunks * chunkSize, wrong: 0 });
  const grown = (highest - before) / 1e6;
  console.info(`200 MB read back: memory grew by at most ${Math.round(grown)} MB`);
  expect(grown).toBeLessThan(64);
}, 60_000);
