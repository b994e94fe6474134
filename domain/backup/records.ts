// What stands inside a backup, in order: a header, then each table (its name, its rows as COPY wrote them, how many they
// were), then the end. A record is a letter, a length and its octets.
import { z } from "zod";
import { Refusal } from "@/lib/errors";

const kinds = ["header", "table", "rows", "count", "end"] as const;
export type RecordKind = (typeof kinds)[number];

export interface BackupRecord {
  kind: RecordKind;
  payload: Buffer;
}

export const formatVersion = 1;

const column = z.object({ name: z.string(), type: z.string() });
export const headerSchema = z.object({
  format: z.literal(formatVersion),
  /** Mailferry's version */
  mailferry: z.string(),
  installation: z.string().nullable(),
  /** on the database's clock, not after the snapshot */
  takenAt: z.iso.datetime(),
  /** MAILFERRY_DELETE_DELAY_MINUTES where the backup was made */
  deleteDelayMinutes: z.number().int().min(0),
  /** names of the migrations that this database had */
  migrations: z.array(z.string()),
  tables: z.array(z.object({ name: z.string(), columns: z.array(column) })),
  /** `last` as text: a bigint */
  sequences: z.array(z.object({ name: z.string(), last: z.string(), called: z.boolean() })),
  /** the private key file, whole */
  privateKeys: z.string(),
});
export type BackupHeader = z.infer<typeof headerSchema>;

export const countSchema = z.object({ rows: z.number().int().min(0) });

const front = 5;
/** Far above what is written; a bound for memory all the same. */
const longest = 64 << 20;

export function encode(kind: RecordKind, payload: Buffer | object): Buffer {
  const octets = Buffer.isBuffer(payload) ? payload : Buffer.from(JSON.stringify(payload));
  const record = Buffer.alloc(front + octets.length);
  record.writeUInt8(kinds.indexOf(kind), 0);
  record.writeUInt32BE(octets.length, 1);
  octets.copy(record, front);
  return record;
}

export async function* decode(plain: AsyncIterable<Buffer>): AsyncGenerator<BackupRecord> {
  let rest = Buffer.alloc(0);
  for await (const octets of plain) {
    rest = rest.length === 0 ? Buffer.from(octets) : Buffer.concat([rest, octets]);
    for (;;) {
      const record = firstIn(rest);
      if (!record) break;
      yield record;
      rest = rest.subarray(front + record.payload.length);
    }
  }
  if (rest.length > 0) throw unreadable();
}

function firstIn(octets: Buffer): BackupRecord | null {
  if (octets.length < front) return null;
  const kind = kinds[octets.readUInt8(0)];
  const length = octets.readUInt32BE(1);
  if (!kind || length > longest) throw unreadable();
  return octets.length < front + length ? null : { kind, payload: octets.subarray(front, front + length) };
}

export function parsed<T>(schema: z.ZodType<T>, { payload }: BackupRecord): T {
  const found = schema.safeParse(JSON.parse(payload.toString("utf8")));
  if (!found.success) throw unreadable();
  return found.data;
}

/** Its seal is whole, so no accident did this: it was written by something else. */
export const unreadable = () =>
  new Refusal("The backup holds something that this version can't read. Restore it with the Mailferry that wrote it.");
