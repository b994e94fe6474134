// The hands of several workers over one lane, for the property of the queue: each step is one call that a worker makes, and
// what the server is told and says stands beside it.
import { type ClaimedLane, claimLane, releaseSlot, renewSlot } from "@/domain/lane/claim";
import { recoverLanes, recoverOrphans } from "@/domain/lane/recover";
import { type ClaimedMail, claimMail, StaleLease } from "@/domain/message/claim";
import { claimMails } from "@/domain/message/claim-several";
import { markDotPending } from "@/domain/message/dot-pending";
import { commitOutcome, type MailOutcome, type OutcomePolicy, type RecipientOutcome } from "@/domain/message/outcome";
import type { TestDatabase } from "@/test/database";
import { type Company, timePasses } from "@/test/delivering";

/** What may come instead of the next step, or from outside. */
export const upsets = [
  "lapse",
  "lose",
  "refuse",
  "defer",
  "give-up",
  "freeze",
  "die",
  "release",
  "renew",
  "recover",
  "time",
] as const;
export type Act = "go" | (typeof upsets)[number];

export interface Hands {
  workerId: string;
  lane: ClaimedLane | null;
  mail: ClaimedMail | null;
  /** claimed together with it, and not tried */
  behind: ClaimedMail[];
  /** its lease ran out since it opened: what it has may be another's */
  frozen: boolean;
  /** how many of its next steps it sleeps through (SIGSTOP, a network that is gone) */
  asleep: number;
  /** its dot_pending was committed */
  announced: boolean;
  phase: "none" | "claimed" | "pending" | "took" | "lost" | "refused" | "later";
}

/** What the server saw of a mail, and what became of it. */
export interface Seen {
  copies: number;
  /** announced dots whose answer nobody has written down */
  unanswered: number;
  /** a dot was announced while an earlier one was unanswered, and nothing said that it may be a second copy */
  unmarked: boolean;
  /** a 250 of it was committed */
  taken: boolean;
}

export interface Table {
  db: TestDatabase;
  company: Company;
  hands: Hands[];
  seen: Map<string, Seen>;
}

const policy: OutcomePolicy = {
  retryMinutes: 1,
  giveUpAfterHours: 120,
  uncertain: "resend",
  uncertainSeconds: 600,
  notify: { spam: true, unknownRecipient: true, badmail: true, collecting: true },
};

export const seenOf = ({ seen }: Table, id: string): Seen => {
  const one = seen.get(id) ?? { copies: 0, unanswered: 0, unmarked: false, taken: false };
  seen.set(id, one);
  return one;
};

export async function act(table: Table, hand: Hands, what: Act): Promise<void> {
  const { db, company } = table;
  const { lane, mail, phase } = hand;
  if (hand.asleep > 0 && what !== "die") {
    hand.asleep -= 1;
    return;
  }
  switch (what) {
    case "go":
      return next(table, hand);
    case "lose":
    case "give-up":
      if (!mail || phase !== "pending") return;
      if (what === "lose") seenOf(table, mail.id).copies += 1;
      hand.phase = "lost";
      return;
    case "refuse":
    case "defer":
      if (phase === "claimed" || phase === "pending") hand.phase = what === "refuse" ? "refused" : "later";
      return;
    case "freeze":
    case "lapse":
      if (lane) await freeze(company, lane);
      hand.frozen ||= lane !== null;
      if (what === "lapse") await act(table, hand, "recover");
      hand.asleep = what === "lapse" && mail ? 3 : 0;
      return;
    case "die":
      return drop(hand);
    case "release":
      if (lane)
        await releaseSlot(
          ...([db.worker, lane, 600] as const),
          hand.behind.map(({ id }) => id),
        );
      return drop(hand);
    case "renew":
      if (lane)
        await renewSlot(
          db.worker,
          lane,
          [...(mail ? [mail] : []), ...hand.behind].map(({ token }) => token),
        );
      return;
    case "recover":
      await recoverLanes(db.worker, ["main"], 600);
      await recoverOrphans(db.worker, ["main"], 600);
      return;
    case "time":
      return timePasses(company);
  }
}

/** The next step of a worker to which nothing happens. */
async function next(table: Table, hand: Hands): Promise<void> {
  const { lane, mail, phase } = hand;
  if (!lane) return open(table, hand);
  if (!mail) return claim(table, hand, lane);
  if (phase === "claimed") return mark(table, hand, mail);
  if (phase !== "pending") return commit(table, hand, mail);
  seenOf(table, mail.id).copies += 1;
  hand.phase = "took";
}

function drop(hand: Hands): void {
  hand.lane = null;
  hand.mail = null;
  hand.behind = [];
  hand.phase = "none";
  hand.announced = false;
  hand.frozen = false;
  hand.asleep = 0;
}

async function open({ db, company }: Table, hand: Hands): Promise<void> {
  const { workerId } = hand;
  await company.sql.query("update lane set due_at = now() - interval '1 second' where tenant_id = $1", [
    company.tenantId,
  ]);
  const lane = await claimLane(db.worker, { workerId, sites: ["main"], leaseSeconds: 60, uncertainSeconds: 600 });
  hand.lane = lane && !("skipped" in lane) ? lane : null;
}

async function claim({ db }: Table, hand: Hands, lane: ClaimedLane): Promise<void> {
  if (hand.behind.length === 0)
    hand.behind = await claimMails(db.worker, lane, hand.workerId, { most: 2, inHand: false });
  const mail = hand.behind.shift() ?? (await claimMail(db.worker, lane, hand.workerId));
  if (mail === "gone") return drop(hand);
  if (mail === "none") return;
  hand.mail = mail;
  hand.phase = "claimed";
}

async function mark(table: Table, hand: Hands, mail: ClaimedMail): Promise<void> {
  const seen = seenOf(table, mail.id);
  const takenBefore = seen.taken;
  try {
    await markDotPending(table.db.worker, mail);
  } catch (error) {
    if (!(error instanceof StaleLease)) throw error;
    hand.phase = "later";
    return;
  }
  if (takenBefore) throw new Error("a dot was announced after a 250 had been written");
  const { sql, tenantId } = table.company;
  const [row] = await sql.query<{ possible_copies: number; lease_token: string | null }>(
    "select possible_copies, lease_token from mail where tenant_id = $1 and id = $2",
    [tenantId, mail.id],
  );
  if (row?.lease_token !== mail.token) throw new Error("a dot was announced by who had lost the lease");
  seen.unmarked ||= seen.unanswered > 0 && row?.possible_copies === 0;
  seen.unanswered += 1;
  hand.announced = true;
  hand.phase = "pending";
}

/** The database's clock goes past the lease: a worker that froze, or whose network is gone. */
async function freeze({ sql, tenantId }: Company, { token }: ClaimedLane): Promise<void> {
  await sql.query(
    `with s as (update lane_slot set lease_until = now() - interval '10 s' where tenant_id = $1 and token = $2
       returning mail_id, next_ids)
     update mail m set lease_until = now() - interval '10 s' from s
     where m.tenant_id = $1 and m.id = any (s.mail_id || s.next_ids) and m.lease_token is not null`,
    [tenantId, token],
  );
}

async function commit(table: Table, hand: Hands, mail: ClaimedMail): Promise<void> {
  const { phase, announced } = hand;
  const ours = await commitOutcome(table.db.worker, mail, outcomeFor(mail, phase), policy);
  hand.mail = null;
  hand.phase = "none";
  hand.announced = false;
  const seen = seenOf(table, mail.id);
  seen.taken ||= phase === "took";
  if (announced && phase !== "lost" && (ours || phase === "took")) seen.unanswered -= 1;
}

function outcomeFor(mail: ClaimedMail, phase: Hands["phase"]): MailOutcome {
  const place: RecipientOutcome["place"] = phase === "took" ? "delivered" : phase === "refused" ? "badmail" : "waiting";
  const uncertain = phase === "lost";
  const attempt = uncertain
    ? "uncertain"
    : phase === "took"
      ? "accepted"
      : phase === "refused"
        ? "refused"
        : "deferred";
  return {
    attempt,
    charged: true,
    stage: null,
    reply: null,
    words: "",
    recipients: mail.recipients.map(({ id, address }) => ({
      ...{ id, address, place, wait: uncertain ? "now" : "retry" },
      ...{
        verdict: null,
        stage: null,
        reply: null,
        reasonKind: place === "badmail" ? "permanent" : null,
        reason: null,
      },
    })),
    oneByOne: false,
    event: phase === "took" ? { kind: "accepted" } : null,
    server: "",
    tls: "",
    conversation: [],
  };
}
