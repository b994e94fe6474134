// Mail whose stored bytes can be proved, for the tests of the ledger job, and the ways in which they go wrong.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { BodyWriter } from "@/domain/message/body";
import { sqlTransaction } from "@/domain/scope";
import type { TestDatabase } from "./database";

const prefix = Buffer.from("Received: from pop.provider.example\r\n\tby ferry (Mailferry 1) with POP3\r\n");

export interface Stored {
  mailId: string;
  bodyId: string;
  prefixLength: number;
  size: number;
}

/** A collected mail as intake leaves it: counted, with a line in front and the hash of what stands behind it. */
export async function storeMail(
  db: TestDatabase,
  tenantId: string,
  { size = 1000, place = "waiting", subject = "Hello" } = {},
): Promise<Stored> {
  const bytes = randomBytes(size);
  const mailId = randomUUID();
  const writer = new BodyWriter(db.worker, tenantId);
  await writer.push(prefix);
  await writer.push(bytes);
  const facts = {
    prefixLength: prefix.length,
    headerLength: prefix.length,
    canonicalHash: createHash("sha256").update(bytes).digest(),
    headerHash: null,
    contentHash: null,
    eightBit: true,
  };
  await sqlTransaction(
    db.worker.pool,
    async (sql) => {
      await writer.finish(sql, facts);
      await sql.query(
        `insert into mail (tenant_id, id, kind, body_id, subject, size, place, state)
         values ($1, $2, 'collected', $3, $4, $5, $6, case $6 when 'waiting' then 'received' else 'settled' end)`,
        [tenantId, mailId, writer.bodyId, subject, writer.size, place],
      );
      await sql.query("update ledger set collected = collected + 1 where tenant_id = $1", [tenantId]);
    },
    tenantId,
  );
  return { mailId, bodyId: writer.bodyId, prefixLength: prefix.length, size: writer.size };
}

/** Flips one bit of the stored bytes; a second time it is right again. */
export const flip = (db: TestDatabase, { bodyId, prefixLength }: Stored, n = 0) =>
  db.owner.pool.query(
    "update body_chunk set data = set_byte(data, $3, get_byte(data, $3) # 1) where body_id = $1 and n = $2",
    [bodyId, n, n === 0 ? prefixLength + 10 : 10],
  );

/** Takes a chunk away; what it returns puts it back. */
export async function cut(db: TestDatabase, { bodyId }: Stored, n: number): Promise<() => Promise<unknown>> {
  const { rows } = await db.owner.pool.query(
    "delete from body_chunk where body_id = $1 and n = $2 returning tenant_id, data",
    [bodyId, n],
  );
  return () =>
    db.owner.pool.query("insert into body_chunk (tenant_id, body_id, n, data) values ($1, $2, $3, $4)", [
      rows[0]?.tenant_id,
      bodyId,
      n,
      rows[0]?.data,
    ]);
}

/** All that the job must never change of a tenant, as one text. */
export async function mailAsStored(db: TestDatabase, tenantId: string): Promise<string> {
  const { rows } = await db.owner.pool.query<{ all: string }>(
    `select md5(concat((select string_agg(m::text, '|' order by m.id) from mail m where m.tenant_id = $1),
       (select string_agg(b::text, '|' order by b.id) from body b where b.tenant_id = $1),
       (select string_agg(md5(c.data) || c.n, '|' order by c.body_id, c.n) from body_chunk c where c.tenant_id = $1),
       (select l::text from ledger l where l.tenant_id = $1))) as all`,
    [tenantId],
  );
  return rows[0]?.all ?? "";
}
