// Outcome: what the server said becomes true in one transaction: recipients, attempt, mail, journey, notices and lane
// together. A 250 is recorded even when the lease ran out: knowledge of a delivery is never thrown away.

import type { LaneEvent, Refusal } from "@/domain/lane/breaker";
import { gaveUp, workingSql } from "@/domain/lane/clock";
import { holdLane, moveLane, setLaneDue } from "@/domain/lane/store";
import { changed } from "@/domain/live/changed";
import type { NotifyBoxes } from "@/domain/notice/wanted";
import { type Sql, sqlTransaction, surelySql } from "@/domain/scope";
import { stored } from "@/domain/stored";
import type { Verdict } from "@/domain/verdict/verdict";
import type { Db } from "@/lib/db";
import type { Reply, Stage } from "@/mail/reply";
import type { ClaimedMail } from "./claim";
import { recordLate } from "./outcome-late";
import { tell } from "./outcome-notices";
import { giveBack, relayWorksAgain, writeAttempt, writeRecipient } from "./outcome-rows";
import { settlePlace } from "./place";
import { leaveSlot } from "./put-down";
import { becomeUncertain } from "./recover";
import { takenWhole } from "./taken";

export interface RecipientOutcome {
  id: string;
  address: string;
  place: "delivered" | "badmail" | "waiting" | "merged";
  /** for waiting: after the retry interval, at once, or when the domain's wait is over */
  wait: "retry" | "now" | "domain";
  verdict: Verdict | null;
  stage: Stage | null;
  reply: Reply | null;
  reasonKind: string | null;
  reason: string | null;
  /** the address that takes its place (rerouteUnknownTo) */
  rerouteTo?: string;
}

export interface MailOutcome {
  attempt: "accepted" | "partly" | "refused" | "deferred" | "uncertain" | "lane" | "lost";
  /** false for a fault of the lane: the mail's attempts and its time are its own */
  charged: boolean;
  stage: Stage | null;
  reply: Reply | null;
  /** words where there was no reply */
  words: string;
  recipients: RecipientOutcome[];
  oneByOne: boolean;
  event: LaneEvent | null;
  server: string;
  tls: string;
  conversation: { kind: string; text: string }[];
}

export interface OutcomePolicy {
  retryMinutes: number;
  giveUpAfterHours: number;
  uncertain: "resend" | "hold";
  uncertainSeconds: number;
  notify: NotifyBoxes;
}

interface MailNow {
  ours: boolean;
  state: string;
  clock_start: number | null;
  working: number;
  now: Date;
}

/** Returns whether the lease was still ours. Locks the lane before the mail, like everybody. */
export async function commitOutcome(
  db: Db,
  mail: ClaimedMail,
  outcome: MailOutcome,
  policy: OutcomePolicy,
): Promise<boolean> {
  if (await takenWhole(db, mail, outcome)) return true;
  const ours = await sqlTransaction(db.pool, async (sql) => {
    // The server says it once.
    await sql.query(`select ${surelySql}`);
    const given = await applyToLane(sql, mail, outcome);
    const now = await lockMail(sql, mail);
    const mine = given.some(({ mailId }) => mailId === mail.id);
    const charged = outcome.charged && !mine;
    const judged = settleFaults({ ...outcome, charged }, given, now, policy);
    const takes = judged.filter(({ place }) => now?.ours || place === "delivered");
    for (const recipient of takes) await writeRecipient(sql, mail, recipient, policy.retryMinutes);
    await writeAttempt(sql, mail, outcome, judged);
    if (now?.ours) await moveMail(sql, mail, { ...outcome, charged }, judged, now, policy);
    else if (now && takes.length > 0) await recordLate(sql, mail, now.state);
    if (now?.ours) await tell(sql, mail, judged, policy);
    if (takes.some(({ place }) => place === "delivered")) await relayWorksAgain(sql, mail, takes);
    for (const refusal of given) if (refusal.mailId !== mail.id) await giveBack(sql, mail.lane, refusal);
    if (given.length > 0) await setLaneDue(sql, mail.lane);
    // Whoever has the mail: else giving the connection back would take it from them. Behind all mails, as everybody who locks both.
    await leaveSlot(sql, mail.lane, mail.id);
    return now?.ours ?? false;
  });
  changed(db, mail.lane.tenantId, "mail");
  if (outcome.event && outcome.event.kind !== "accepted") changed(db, mail.lane.tenantId, "lane");
  return ours;
}

async function applyToLane(sql: Sql, mail: ClaimedMail, outcome: MailOutcome): Promise<Refusal[]> {
  if (outcome.event) return (await moveLane(sql, mail.lane, outcome.event)).giveBack;
  await holdLane(sql, mail.lane);
  return [];
}

async function lockMail(sql: Sql, mail: ClaimedMail): Promise<MailNow | undefined> {
  const [row] = await sql.query<MailNow>(
    `select m.lease_token is not distinct from $3::uuid and m.state = 'sending' as ours, m.state, m.clock_start,
       ${workingSql} as working, now() as now
     from mail m join lane l on l.tenant_id = m.tenant_id and l.exchange_id = $4::uuid
     left join site_clock c on c.site = l.site
     where m.tenant_id = $1::uuid and m.id = $2::uuid for update of m`,
    [mail.lane.tenantId, mail.id, mail.token, mail.lane.exchangeId],
  );
  return row;
}

/** The lane's fault is not the mail's; and a mail that had its time is given up. */
function settleFaults(
  outcome: MailOutcome,
  given: Refusal[],
  now: MailNow | undefined,
  policy: OutcomePolicy,
): RecipientOutcome[] {
  const back = new Set(given.flatMap(({ recipients }) => recipients));
  const over =
    outcome.charged &&
    now !== undefined &&
    outcome.attempt !== "uncertain" &&
    gaveUp(now.clock_start ?? now.working, now.working, policy.giveUpAfterHours);
  return outcome.recipients.map((recipient) => {
    if (back.has(recipient.id) && recipient.place === "badmail")
      return { ...recipient, place: "waiting", wait: "now", reasonKind: "refusals" };
    if (over && recipient.place === "waiting" && recipient.wait !== "now" && !recipient.rerouteTo)
      return { ...recipient, place: "badmail", reasonKind: "gave-up", reason: gaveUpReason(recipient, policy) };
    return recipient;
  });
}

const gaveUpReason = (recipient: RecipientOutcome, policy: OutcomePolicy): string =>
  `Given up: the server put it off for ${policy.giveUpAfterHours} hours in which it worked. Its last words: “${(recipient.reply?.text ?? recipient.reason ?? "none").slice(0, 300)}”.`;

async function moveMail(
  sql: Sql,
  mail: ClaimedMail,
  outcome: MailOutcome,
  judged: RecipientOutcome[],
  now: MailNow,
  policy: OutcomePolicy,
): Promise<void> {
  const { tenantId } = mail.lane;
  const waiting = judged.find(({ place }) => place === "waiting");
  const bad = judged.find(({ place }) => place === "badmail");
  const why = bad ?? waiting;
  if (outcome.attempt === "uncertain") {
    const hold = policy.uncertain === "hold";
    await becomeUncertain(sql, { tenantId, mailId: mail.id, from: now.now, seconds: policy.uncertainSeconds, hold });
    await setLaneDue(sql, mail.lane);
    return;
  }
  await sql.query(
    `update mail m set state = 'ready', lease_token = null, lease_worker = null, lease_until = null,
       dot_pending_at = null, claims = 0, one_by_one = m.one_by_one or $3,
       attempts = case when $4 then m.attempts else greatest(0, m.attempts - 1) end, reason_kind = $5, reason = $6,
       next_attempt_at = coalesce((select min(coalesce(r.not_before, now())) from recipient r
         where r.tenant_id = $1::uuid and r.mail_id = $2::uuid and r.place = 'waiting'), now())
     where m.tenant_id = $1::uuid and m.id = $2::uuid`,
    [tenantId, mail.id, outcome.oneByOne, outcome.charged, why?.reasonKind ?? null, stored(why?.reason ?? "") || null],
  );
  if ((await settlePlace(sql, tenantId, mail.id)) === "waiting") await wakeLater(sql, mail);
}

/** The lane looks again when this mail is due; while it drains it is due anyway. */
async function wakeLater(sql: Sql, mail: ClaimedMail): Promise<void> {
  await sql.query(
    `update lane l set due_at = least(l.due_at, m.next_attempt_at) from mail m
     where l.tenant_id = $1::uuid and l.exchange_id = $2::uuid and l.state = 'closed'
       and m.tenant_id = $1::uuid and m.id = $3::uuid and (l.due_at is null or l.due_at > m.next_attempt_at)`,
    [mail.lane.tenantId, mail.lane.exchangeId, mail.id],
  );
}
