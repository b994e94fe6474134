// Claiming mail within a lane, in the order of its arrival: one round trip gives lease, token, attempt row and recipients, before
// MAIL. `dot_pending` is committed before the final dot (dot-pending.ts).

import { randomUUID } from "node:crypto";
import type { ClaimedLane } from "@/domain/lane/claim";
import { changed } from "@/domain/live/changed";
import { type Sql, sqlOf, sqlTransaction } from "@/domain/scope";
import type { Db } from "@/lib/db";
import { type MailRecipient, type MailRow, takeNext } from "./claim-next";
import { againOnDeadlock } from "./deadlock";
import { settlePlace } from "./place";
import { leaveSlot } from "./put-down";

export interface ClaimedMail {
  lane: ClaimedLane;
  id: string;
  token: string;
  kind: "collected" | "notice" | "test" | "copy";
  bodyId: string;
  /** what its bytes are proved by while they are sent */
  prefixLength: number;
  canonicalHash: Buffer | null;
  /** the whole body; null where it is large, or something is the matter with it: then whoever reads it says what */
  bytes: Buffer | null;
  sender: string;
  subject: string;
  size: number;
  eightBit: boolean;
  oneByOne: boolean;
  rerouteTo: string;
  /** why it waited, as its last attempt left it */
  reasonKind: string | null;
  recipients: MailRecipient[];
  /** the row of this attempt */
  attemptId: string;
  /** claimed together with others that go before it */
  behind: boolean;
}

/** The lease is no longer ours: another worker has the mail, so nothing more may be sent of it. */
export class StaleLease extends Error {
  constructor() {
    super("the lease on this mail ran out");
    this.name = "StaleLease";
  }
}

/** RFC 5321 §4.5.3.1.8: a server must take 100 recipients; the rest follow in the next transaction. */
const recipientsAtOnce = 100;

/**
 * `none`: nothing is due here now. `gone`: the slot or the lane is no longer ours to use. `probing`: the one mail that shows
 * whether the server works again.
 */
export async function claimMail(
  db: Db,
  lane: ClaimedLane,
  worker: string,
  probing = lane.probe,
): Promise<ClaimedMail | "none" | "gone"> {
  const token = randomUUID();
  const attemptId = randomUUID();
  const row = await againOnDeadlock(() => takeNext(db, lane, { token, attemptId, worker }, probing));
  if (!row) return (await stillOurs(db, lane)) ? "none" : "gone";
  if (row.recipients.length === 0) {
    await againOnDeadlock(() => putBack(db, lane, row, token));
    return claimMail(db, lane, worker, probing);
  }
  changed(db, lane.tenantId, "mail");
  return claimedMail(lane, row, { token, attemptId, bytes: row.bytes, behind: false });
}

export const claimedMail = (
  lane: ClaimedLane,
  row: MailRow,
  claim: Pick<ClaimedMail, "token" | "attemptId" | "bytes" | "behind">,
): ClaimedMail => ({
  lane,
  ...claim,
  id: row.id,
  kind: row.kind,
  bodyId: row.body_id,
  prefixLength: row.prefix_length,
  canonicalHash: row.canonical_hash,
  sender: row.sender,
  subject: row.subject,
  size: row.size,
  eightBit: row.eight_bit,
  oneByOne: row.one_by_one,
  rerouteTo: row.reroute_to,
  reasonKind: row.reason_kind,
  recipients: row.recipients.slice(0, row.one_by_one ? 1 : recipientsAtOnce),
});

/** Locks the mail if its lease is still ours. */
export async function stillMine(sql: Sql, mail: ClaimedMail): Promise<boolean> {
  const rows = await sql.query(
    `select 1 from mail where tenant_id = $1::uuid and id = $2::uuid and lease_token = $3::uuid and state = 'sending'
     for update`,
    [mail.lane.tenantId, mail.id, mail.token],
  );
  return rows.length > 0;
}

/** Nobody of this mail may be tried yet: due again when the first may, and charged nothing. */
export function putBack(
  db: Db,
  lane: ClaimedLane,
  { id: mailId, spent_until: spent = null }: { id: string; spent_until?: string | null },
  token: string,
): Promise<void> {
  return sqlTransaction(db.pool, async (sql) => {
    // What a lane at a pace spent on it is given back, unless somebody set another time since. Locked before the mail.
    if (spent)
      await sql.query(
        `update lane set pace_next_at = now(), due_at = least(due_at, now())
         where tenant_id = $1::uuid and exchange_id = $2::uuid and pace_next_at = $3::timestamptz`,
        [lane.tenantId, lane.exchangeId, spent],
      );
    await sql.query(
      `update mail m set state = 'ready', attempts = attempts - 1, claims = claims - 1,
         lease_token = null, lease_worker = null, lease_until = null,
         next_attempt_at = greatest(now() + interval '5 seconds', coalesce((
           select min(w.not_before) from recipient r join recipient w on w.tenant_id = $1::uuid and w.place = 'waiting'
             and w.not_before > now() and (w.id = r.id or (w.reason_kind = 'relay'
               and split_part(lower(w.address), '@', 2) = split_part(lower(r.address), '@', 2)))
           where r.tenant_id = $1::uuid and r.mail_id = $2::uuid and r.place = 'waiting'), now()))
       where m.tenant_id = $1::uuid and m.id = $2::uuid and m.lease_token = $3::uuid`,
      [lane.tenantId, mailId, token],
    );
    await leaveSlot(sql, lane, mailId);
    await settlePlace(sql, lane.tenantId, mailId);
  });
}

async function stillOurs(db: Db, lane: ClaimedLane): Promise<boolean> {
  const rows = await sqlOf(db.pool).query(
    `select 1 from lane_slot s join lane l on l.tenant_id = s.tenant_id and l.exchange_id = s.exchange_id
     where s.tenant_id = $1::uuid and s.exchange_id = $2::uuid and s.token = $3::uuid and s.lease_until > now()
       and s.settings_epoch = l.settings_epoch
       and (l.state = 'closed' or (l.state = 'half-open' and s.probe))`,
    [lane.tenantId, lane.exchangeId, lane.token],
  );
  return rows.length > 0;
}
