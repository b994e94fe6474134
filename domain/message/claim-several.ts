// Several mails in one claim, for a connection that goes quickly: what a claim costs is shared by them (docs/decisions/0052).
import { randomUUID } from "node:crypto";
import type { ClaimedLane } from "@/domain/lane/claim";
import { changed } from "@/domain/live/changed";
import { sqlOf } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { type ClaimedMail, claimedMail, putBack } from "./claim";
import type { MailRow } from "./claim-next";
import { againOnDeadlock } from "./deadlock";
import { freshBodies } from "./fresh";

interface SeveralRow extends MailRow {
  /** its place among them, from 1 */
  n: number;
}

/**
 * Up to `most` mails in the order of their arrival, which stand behind what the connection has in hand (`inHand`). None where this is
 * not an everyday case (migration 0256 says when), or nothing is due: then `claimMail` says what there is to do.
 */
export async function claimMails(
  db: Db,
  lane: ClaimedLane,
  worker: string,
  { most, inHand }: { most: number; inHand: boolean },
): Promise<ClaimedMail[]> {
  const tokens = Array.from({ length: most }, () => randomUUID());
  const attempts = tokens.map(() => randomUUID());
  const rows = await againOnDeadlock(() =>
    sqlOf(db.pool).query<SeveralRow>(
      `select n, id, kind, body_id, prefix_length, canonical_hash, sender, subject, size, eight_bit, one_by_one, reroute_to,
         reason_kind, recipients
       from worker_claim_mails($1::uuid, $2::uuid, $3::uuid, $4::uuid[], $5::uuid[], $6::uuid, $7::integer, $8)`,
      [lane.tenantId, lane.exchangeId, lane.token, tokens, attempts, lane.workerId, lane.leaseSeconds, worker],
    ),
  ).catch((error) => (isNotNow(error) ? [] : Promise.reject(error)));
  if (rows.length === 0) return [];
  changed(db, lane.tenantId, "mail");
  const bytes = await bytesOf(db, lane, rows);
  const mails: ClaimedMail[] = [];
  for (const row of rows) {
    const token = tokens[row.n - 1] ?? "";
    if (row.recipients.length === 0) await againOnDeadlock(() => putBack(db, lane, row, token));
    else
      mails.push(
        claimedMail(lane, row, {
          ...{ token, attemptId: attempts[row.n - 1] ?? "", bytes: bytes.get(row.body_id) ?? null },
          behind: inHand || mails.length > 0,
        }),
      );
  }
  return mails;
}

/** The lane was paused, stopped or changed, or the slot lost, while the mails were looked for. */
const isNotNow = (error: unknown): boolean => error instanceof Error && "code" in error && error.code === "MF001";

/**
 * The bodies, each whole, which are small: those that were stored a moment ago as they came, the others from their rows. Read apart from
 * the claim: its locks must not be held until a worker that stands still has taken them. What can't be read here the mail itself is
 * told when it is sent.
 */
async function bytesOf(db: Db, lane: ClaimedLane, rows: SeveralRow[]): Promise<Map<string, Buffer>> {
  const fresh = freshBodies(db);
  const found = new Map<string, Buffer>();
  for (const { body_id } of rows) {
    const bytes = fresh.take(body_id);
    if (bytes) found.set(body_id, bytes);
  }
  const missing = rows.flatMap(({ body_id }) => (found.has(body_id) ? [] : [body_id]));
  if (missing.length === 0) return found;
  const read = await db.pool
    .query<{ id: string; data: Buffer }>(
      `select b.id, c.data from body b join body_chunk c on c.tenant_id = b.tenant_id and c.body_id = b.id and c.n = 0
       where b.tenant_id = $1::uuid and b.id = any ($2::uuid[]) and b.complete and b.erased_at is null
         and b.canonical_hash is not null and b.size = octet_length(c.data)`,
      [lane.tenantId, missing],
    )
    .catch(() => ({ rows: [] }));
  for (const { id, data } of read.rows) found.set(id, data);
  return found;
}
