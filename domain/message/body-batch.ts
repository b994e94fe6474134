// The bodies of a batch, written together: two statements for a few dozen mails, where each would need two of its own.
import type { Sql } from "@/domain/scope";
import { type BodyFacts, type BodyWriter, chunkSize } from "./body";

interface Whole {
  writer: BodyWriter;
  body: BodyFacts;
}

/** So many chunks in a statement: a text for each number of them is prepared, and there should be few. */
const chunksAtOnce = 10;

/** As `finish` for each, in the caller's transaction; what was begun while it came is finished alone. */
export async function finishAll(sql: Sql, tenantId: string, bodies: Whole[]): Promise<void> {
  for (const { writer, body } of bodies) if (writer.begun) await writer.finish(sql, body);
  const whole = bodies.filter(({ writer }) => !writer.begun);
  if (whole.length === 0) return;
  const hex = (hash: Buffer | null) => hash?.toString("hex") ?? null;
  const rows = whole.map(({ writer, body }) => ({
    ...{ id: writer.bodyId, size: writer.size, prefix: body.prefixLength, header: body.headerLength },
    ...{ canonical: hex(body.canonicalHash), head: hex(body.headerHash), content: hex(body.contentHash) },
    eight_bit: body.eightBit,
  }));
  await sql.query(
    `insert into body (tenant_id, id, complete, size, prefix_length, header_length, canonical_hash, header_hash, content_hash,
       eight_bit)
     select $1::uuid, r.id, true, r.size, r.prefix, r.header, decode(r.canonical, 'hex'), decode(r.head, 'hex'),
       decode(r.content, 'hex'), r.eight_bit
     from jsonb_to_recordset($2::jsonb) as r (id uuid, size bigint, prefix int, header int, canonical text, head text,
       content text, eight_bit boolean)`,
    [tenantId, JSON.stringify(rows)],
  );
  const chunks = whole.flatMap(({ writer }) => chunksOf(writer));
  for (let n = 0; n < chunks.length; n += chunksAtOnce)
    await insertChunks(sql, tenantId, chunks.slice(n, n + chunksAtOnce));
}

interface Chunk {
  bodyId: string;
  n: number;
  data: Buffer;
}

function chunksOf(writer: BodyWriter): Chunk[] {
  const bytes = writer.inMemory();
  const chunks: Chunk[] = [];
  for (let at = 0; at < bytes.length; at += chunkSize)
    chunks.push({ bodyId: writer.bodyId, n: chunks.length, data: bytes.subarray(at, at + chunkSize) });
  return chunks;
}

/** Each chunk is a parameter of its own: as an array they would be written out in hexadecimal digits. */
function insertChunks(sql: Sql, tenantId: string, chunks: Chunk[]) {
  const values = chunks.map((_, n) => `($1::uuid, $${3 * n + 2}::uuid, $${3 * n + 3}::int, $${3 * n + 4}::bytea)`);
  return sql.query(`insert into body_chunk (tenant_id, body_id, n, data) values ${values.join(", ")}`, [
    tenantId,
    ...chunks.flatMap(({ bodyId, n, data }) => [bodyId, n, data]),
  ]);
}
