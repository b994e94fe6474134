// Which mail of a lane is next: one round trip that finds it, leases it, says so at the connection's slot, writes the row of its
// attempt, and answers who may be tried.
import type { ClaimedLane } from "@/domain/lane/claim";
import type { Db } from "@/lib/db";

export interface MailRecipient {
  id: string;
  address: string;
  rerouted: boolean;
  reasonKind: string | null;
}

export interface MailRow {
  id: string;
  kind: "collected" | "notice" | "test" | "copy";
  body_id: string;
  prefix_length: number;
  canonical_hash: Buffer | null;
  sender: string;
  subject: string;
  size: number;
  eight_bit: boolean;
  one_by_one: boolean;
  reroute_to: string;
  reason_kind: string | null;
  /** none: nobody of it may be tried yet, and there is no attempt */
  recipients: MailRecipient[];
}

interface TakenRow extends MailRow {
  /** what a lane at a pace spent on it: until then it takes no other; exact, as text */
  spent_until: string | null;
  /** the whole body, where it is small and as it should be */
  bytes: Buffer | null;
}

interface Claim {
  token: string;
  attemptId: string;
  worker: string;
}

/** At a lane's pace, through a slot that is ours; the reasons in migration 0255, as it is now in 0263. */
export async function takeNext(
  db: Db,
  lane: ClaimedLane,
  { token, attemptId, worker }: Claim,
  probing: boolean,
): Promise<TakenRow | undefined> {
  const { rows } = await db.pool.query<TakenRow>(
    `select id, kind, body_id, prefix_length, canonical_hash, sender, subject, size, eight_bit, one_by_one, reroute_to, reason_kind,
       spent_until, recipients, bytes
     from worker_claim_mail($1::uuid, $2::uuid, $3::uuid, $4::uuid, $5::uuid, $6::integer, $7::uuid, $8, $9::boolean)`,
    [lane.tenantId, lane.exchangeId, lane.token, token, lane.workerId, lane.leaseSeconds, attemptId, worker, probing],
  );
  return rows[0];
}
