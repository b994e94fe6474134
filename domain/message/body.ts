// Bodies: rows of chunks, written and read as streams, so that a 150 MB mail costs no more memory than a small one.
// Two functions (read, write) stand between the ferry and where bytes lie: an object store would replace only these.
import { createHash, randomUUID } from "node:crypto";
import type { Sql, TenantScope } from "@/domain/scope";
import { sqlOf, sqlReading } from "@/domain/scope";
import type { Db } from "@/lib/db";

export const chunkSize = 256 * 1024;
/** Above this a body is committed chunk by chunk as it arrives, under a row that nothing refers to yet. */
export const smallBody = 1024 * 1024;
const chunksPerRead = 4;

/** What is known of a body once its last byte is here. Hashes are of the canonical bytes, without what was added in front. */
export interface BodyFacts {
  prefixLength: number;
  /** octets of the stored header block, prefix included, without the empty line after it */
  headerLength: number;
  canonicalHash: Buffer | null;
  headerHash: Buffer | null;
  contentHash: Buffer | null;
  eightBit: boolean;
}

/** The bytes are gone (retention, a person), or were never complete: nothing of it may be sent. */
export class BodyMissing extends Error {
  constructor(
    readonly why: "erased" | "incomplete" | "missing" | "damaged",
    /** how many bytes were there */
    readonly octets = 0,
  ) {
    super(`the body is ${why}`);
    this.name = "BodyMissing";
  }
}

type Source = Db | TenantScope;

/** Chunk by chunk, at most 1 MB in memory. Throws BodyMissing before the first byte when it isn't whole, and at the end
 * when the chunks don't add up to its size: a cut mail must never look like a whole one. */
export async function* readBody(source: Source, tenantId: string, bodyId: string): AsyncGenerator<Buffer, void, void> {
  let read = 0;
  for (let n = 0; ; n += chunksPerRead) {
    const rows = await readChunks(source, tenantId, bodyId, n, n + chunksPerRead - 1);
    const [first] = rows;
    if (!first) throw new BodyMissing("missing");
    if (first.erased_at) throw new BodyMissing("erased");
    if (!first.complete) throw new BodyMissing("incomplete");
    let here = 0;
    for (const { data } of rows) {
      if (!data) continue;
      here += 1;
      read += data.length;
      yield data;
    }
    if (here < chunksPerRead) {
      if (read !== first.size) throw new BodyMissing("damaged", read);
      return;
    }
  }
}

/** The header block as stored (with what was added in front), at most `limit` octets. */
export async function readHeader(scope: TenantScope, bodyId: string, limit = 64 * 1024): Promise<Buffer> {
  const last = Math.floor(Math.max(0, limit - 1) / chunkSize);
  const rows = await readChunks(scope, scope.tenantId, bodyId, 0, last);
  const [first] = rows;
  if (!first) throw new BodyMissing("missing");
  if (first.erased_at) throw new BodyMissing("erased");
  return Buffer.concat(rows.map(({ data }) => data ?? Buffer.alloc(0))).subarray(
    0,
    Math.min(limit, first.header_length),
  );
}

interface ChunkRow {
  size: number;
  complete: boolean;
  erased_at: Date | null;
  header_length: number;
  data: Buffer | null;
}

async function readChunks(source: Source, tenantId: string, bodyId: string, from: number, to: number) {
  const work = (sql: Sql) =>
    sql.query<ChunkRow>(
      `select b.size, b.complete, b.erased_at, b.header_length, c.data
       from body b left join body_chunk c on c.tenant_id = b.tenant_id and c.body_id = b.id and c.n between $3 and $4
       where b.tenant_id = $1::uuid and b.id = $2::uuid order by c.n`,
      [tenantId, bodyId, from, to],
    );
  return "tenantId" in source ? sqlReading(source, work) : work(sqlOf(source.pool));
}

const completed = `update body set complete = true, size = $3, prefix_length = $4, header_length = $5, canonical_hash = $6,
  header_hash = $7, content_hash = $8, eight_bit = $9 where tenant_id = $1::uuid and id = $2::uuid`;
const whole = `insert into body (tenant_id, id, complete, size, prefix_length, header_length, canonical_hash, header_hash,
  content_hash, eight_bit) values ($1::uuid, $2::uuid, true, $3, $4, $5, $6, $7, $8, $9)`;

/** Takes a body as it comes. Small ones stay in memory until `finish`; larger ones are committed on the way. */
export class BodyWriter {
  readonly bodyId = randomUUID();
  private parts: Buffer[] = [];
  private held = 0;
  private written = 0;
  private nextChunk = 0;

  constructor(
    private readonly db: Db,
    private readonly tenantId: string,
  ) {}

  get size(): number {
    return this.written + this.held;
  }
  /** some of it is in the database already, under an incomplete row */
  get begun(): boolean {
    return this.nextChunk > 0;
  }

  async push(bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.held += bytes.length;
    if (this.size <= smallBody) return;
    if (!this.begun) {
      await this.db.pool.query("insert into body (tenant_id, id) values ($1::uuid, $2::uuid)", [
        this.tenantId,
        this.bodyId,
      ]);
    }
    const sql = sqlOf(this.db.pool);
    while (this.held >= chunkSize) await this.writeChunk(sql, chunkSize);
  }

  /**
   * The rest and the *complete* mark, in the caller's transaction: the one that writes identity and queue row. Changes
   * nothing here, so that it can be asked again after that transaction was rolled back.
   */
  async finish(sql: Sql, facts: BodyFacts): Promise<void> {
    const values = [
      this.tenantId,
      this.bodyId,
      this.size,
      facts.prefixLength,
      facts.headerLength,
      facts.canonicalHash,
      facts.headerHash,
      facts.contentHash,
      facts.eightBit,
    ];
    await sql.query(this.begun ? completed : whole, values);
    const rest = this.inMemory();
    for (let at = 0; at < rest.length; at += chunkSize)
      await this.insertChunk(sql, this.nextChunk + at / chunkSize, rest.subarray(at, at + chunkSize));
  }

  /** What stayed in memory: all of it, unless it was begun. */
  inMemory(): Buffer {
    if (this.parts.length > 1) this.parts = [Buffer.concat(this.parts)];
    return this.parts[0] ?? Buffer.alloc(0);
  }

  /** Takes back what was committed of a body that will not be finished. What this misses, `tidy` removes. */
  async discard(): Promise<void> {
    this.parts = [];
    this.held = 0;
    if (this.begun)
      await this.db.pool.query("delete from body where tenant_id = $1::uuid and id = $2::uuid and not complete", [
        this.tenantId,
        this.bodyId,
      ]);
  }

  private async writeChunk(sql: Sql, length: number): Promise<void> {
    const all = this.inMemory();
    const chunk = all.subarray(0, length);
    await this.insertChunk(sql, this.nextChunk, chunk);
    this.nextChunk += 1;
    this.written += length;
    this.held -= length;
    this.parts = this.held > 0 ? [all.subarray(length)] : [];
  }

  private insertChunk(sql: Sql, n: number, data: Buffer) {
    return sql.query("insert into body_chunk (tenant_id, body_id, n, data) values ($1::uuid, $2::uuid, $3, $4)", [
      this.tenantId,
      this.bodyId,
      n,
      data,
    ]);
  }
}

/** A small complete body, such as a notice's: hashed like one that was collected. Returns its id. */
export async function storeBody(
  sql: Sql,
  tenantId: string,
  bytes: Buffer,
  facts: Partial<BodyFacts> = {},
): Promise<string> {
  const id = randomUUID();
  const end = bytes.indexOf("\r\n\r\n");
  const prefixLength = facts.prefixLength ?? 0;
  await sql.query(
    `insert into body (tenant_id, id, complete, size, prefix_length, header_length, canonical_hash, header_hash,
       content_hash, eight_bit)
     values ($1::uuid, $2::uuid, true, $3, $4, $5, $6, $7, $8, $9)`,
    [
      tenantId,
      id,
      bytes.length,
      prefixLength,
      facts.headerLength ?? (end < 0 ? bytes.length : end + 2),
      facts.canonicalHash ?? createHash("sha256").update(bytes.subarray(prefixLength)).digest(),
      facts.headerHash ?? null,
      facts.contentHash ?? null,
      facts.eightBit ?? bytes.some((octet) => octet > 127),
    ],
  );
  for (let n = 0; n * chunkSize < bytes.length; n += 1)
    await sql.query("insert into body_chunk (tenant_id, body_id, n, data) values ($1::uuid, $2::uuid, $3, $4)", [
      tenantId,
      id,
      n,
      bytes.subarray(n * chunkSize, (n + 1) * chunkSize),
    ]);
  return id;
}
