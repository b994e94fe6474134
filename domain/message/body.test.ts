import { createHash, randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlTransaction } from "@/domain/scope";
import { makeTenant, personScope, type World, workerScope } from "@/test/collecting";
import { type TestDatabase, testDatabase } from "@/test/database";
import { BodyMissing, BodyWriter, readBody, readHeader, storeBody } from "./body";
import { BodyChanged, readProved } from "./body-proof";

let db: TestDatabase;
let world: World;
beforeAll(async () => {
  db = await testDatabase();
  world = await makeTenant(db);
});
afterAll(() => db.drop());

const facts = {
  prefixLength: 0,
  headerLength: 10,
  canonicalHash: null,
  headerHash: null,
  contentHash: null,
  eightBit: false,
};
const sha = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
async function hashOfStored(bodyId: string) {
  const hash = createHash("sha256");
  for await (const chunk of readBody(db.worker, world.tenantId, bodyId)) hash.update(chunk);
  return hash.digest("hex");
}

test.each([0, 1, 1000, 256 * 1024, 1024 * 1024, 1024 * 1024 + 1, 3 * 1024 * 1024 + 17])(
  "%i octets come back as they were written",
  async (size) => {
    const bytes = randomBytes(size);
    const writer = new BodyWriter(db.worker, world.tenantId);
    for (let at = 0; at < size; at += 70_001) await writer.push(bytes.subarray(at, at + 70_001));
    expect(writer.begun).toBe(size > 1024 * 1024);
    await sqlTransaction(db.worker.pool, (sql) => writer.finish(sql, facts), world.tenantId);
    expect(await hashOfStored(writer.bodyId)).toBe(sha(bytes));
  },
);

test("a body that was not finished is not readable, and discard removes it", async () => {
  const writer = new BodyWriter(db.worker, world.tenantId);
  await writer.push(randomBytes(2_000_000));
  await expect(readBody(db.worker, world.tenantId, writer.bodyId).next()).rejects.toThrow(BodyMissing);
  await writer.discard();
  const { rowCount } = await db.owner.pool.query("select 1 from body where id = $1", [writer.bodyId]);
  expect(rowCount).toBe(0);
});

test("a body that lacks a chunk is damaged, never silently shorter", async () => {
  const writer = new BodyWriter(db.worker, world.tenantId);
  await writer.push(randomBytes(1_500_000));
  await sqlTransaction(db.worker.pool, (sql) => writer.finish(sql, facts), world.tenantId);
  await db.owner.pool.query("delete from body_chunk where body_id = $1 and n = 5", [writer.bodyId]);
  await expect(hashOfStored(writer.bodyId)).rejects.toThrow("damaged");
});

test("a notice's body is proved like a collected one's", async () => {
  const bytes = Buffer.from("Subject: notice\r\n\r\nA server is down.\r\n");
  const id = await sqlTransaction(db.worker.pool, (sql) => storeBody(sql, world.tenantId, bytes), world.tenantId);
  const [row] = (
    await db.owner.pool.query<{ prefixLength: number; canonicalHash: Buffer }>(
      'select prefix_length as "prefixLength", canonical_hash as "canonicalHash" from body where id = $1',
      [id],
    )
  ).rows;
  const stored = { bodyId: id, prefixLength: row?.prefixLength ?? -1, canonicalHash: row?.canonicalHash ?? null };
  expect(stored.canonicalHash?.toString("hex")).toBe(sha(bytes));
  const read = async (from = workerScope(db, world.tenantId)) => {
    const parts: Buffer[] = [];
    for await (const chunk of readProved(from, world.tenantId, stored)) parts.push(chunk);
    return Buffer.concat(parts);
  };
  expect(await read()).toEqual(bytes);
  const other = await makeTenant(db);
  await expect(read(personScope(db, other.tenantId))).rejects.toThrow(BodyMissing);
  await db.owner.pool.query("update body_chunk set data = set_byte(data, 20, 65) where body_id = $1", [id]);
  await expect(read()).rejects.toThrow(BodyChanged);
});

test("a portal's scope reads its own tenant's header and nothing of another's", async () => {
  const bytes = Buffer.from("Subject: one\r\nFrom: a@b.example\r\n\r\nbody");
  const id = await sqlTransaction(db.worker.pool, (sql) => storeBody(sql, world.tenantId, bytes), world.tenantId);
  expect((await readHeader(personScope(db, world.tenantId), id)).toString()).toBe(
    "Subject: one\r\nFrom: a@b.example\r\n",
  );
  expect((await readHeader(workerScope(db, world.tenantId), id, 7)).toString()).toBe("Subject");
  const other = await makeTenant(db);
  await expect(readHeader(personScope(db, other.tenantId), id)).rejects.toThrow(BodyMissing);
  await expect(readBody(personScope(db, other.tenantId), world.tenantId, id).next()).rejects.toThrow(BodyMissing);
});
