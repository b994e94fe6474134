// One mail over an open connection: send, judge, commit. The commit is repeated until the database takes it, since a 250
// that is forgotten would become a copy.
import { type ClaimedLane, markAnswerAwaited } from "@/domain/lane/claim";
import { type LaneSettings, liveConnections } from "@/domain/lane/settings";
import { tellUnfit } from "@/domain/ledger/tell";
import { BodyMissing } from "@/domain/message/body";
import { BodyChanged, readProved } from "@/domain/message/body-proof";
import { type ClaimedMail, StaleLease } from "@/domain/message/claim";
import { LaneStopped, markDotPending } from "@/domain/message/dot-pending";
import { commitOutcome, type MailOutcome } from "@/domain/message/outcome";
import { setAside } from "@/domain/message/set-aside";
import { isEveryday } from "@/domain/message/taken";
import type { TenantScope } from "@/domain/scope";
import { rest } from "@/lib/clock";
import { wordsOf } from "@/lib/errors";
import { type SendResult, type SmtpConnection, SmtpFault, Unanswered } from "@/mail/smtp";
import type { Recorder } from "./connection";
import { failPoint } from "./fail-points";
import type { Hand } from "./hand";
import { healsByItself } from "./loop";
import { type OutcomeContext, outcomeOf, outcomeOfFault } from "./outcome";
import { outcomeOfError, unjudged } from "./outcome-error";
import type { Core } from "./outcome-lane";
import type { WorkerContext } from "./room";

export interface Carrier {
  context: WorkerContext;
  scope: TenantScope;
  lane: ClaimedLane;
  settings: LaneSettings;
  connection: SmtpConnection;
  recorder: Recorder;
  hand: Hand;
  /** mails that this worker's connections of the lane got taken, as times in ms */
  sent: number[];
  /** the final dot may be on its way: nobody interrupts now */
  dotPending: boolean;
  /** the mail whose envelope followed the last one's dot */
  begun: ClaimedMail | null;
  /** whether an envelope may follow a dot here, and what is noted where that went wrong */
  ahead: { may(): boolean; failed(): void };
  /** the outcome that is written while the next mail is on its way */
  writing: Writing;
}

/** What is written meanwhile: whoever waits for it hears of its fault, and until then nobody has to. */
export class Writing {
  private ended: Promise<unknown> = Promise.resolve();

  begin(work: Promise<void>): void {
    this.ended = work.catch((fault) => fault);
  }

  /** Throws what kept it from being written. */
  async end(): Promise<void> {
    const fault = await this.ended;
    if (fault) throw fault;
  }
}

/** ms; from then on people see that the server owes an answer */
const answerIsLateAfter = 3000;
const commitTries = 20;

/** Returns whether the connection can carry another mail. */
export async function carryMail(carrier: Carrier, mail: ClaimedMail): Promise<boolean> {
  const started = Date.now();
  const { settings, connection, hand, writing } = carrier;
  const about = {
    server: `${settings.host}:${settings.port}`,
    tls: connection.facts.certificate?.tlsVersion ?? "",
  };
  const end = await hand.during(() => offer(carrier, mail));
  if ("error" in end && isUntried(end.error)) {
    if (end.error instanceof Unanswered) carrier.ahead.failed();
    hand.giveBack(mail);
    return false;
  }
  const core = await judge(carrier, mail, end);
  const outcome: MailOutcome = { ...core, ...about, conversation: carrier.recorder.take() };
  hand.went(outcome.attempt === "accepted", Date.now() - started);
  // Outcomes are written in their order.
  await writing.end();
  if ("error" in end && isUnfit(end.error)) {
    await keepBack(carrier, mail, outcome, end.error);
    hand.done(mail);
    return connection.usable;
  }
  // Where the next mail's envelope is out already, an everyday outcome is written while that one is on its way, in one commit with its
  // mark; markDotPending waits for it. Else it is written first: a server that hangs up now is heard before the next MAIL.
  const shares = carrier.begun !== null && carrier.begun === hand.next && connection.usable;
  if (shares && isEveryday(mail, outcome)) writing.begin(write(carrier, mail, outcome, started));
  else await write(carrier, mail, outcome, started);
  return connection.usable;
}

async function write(carrier: Carrier, mail: ClaimedMail, outcome: MailOutcome, started: number): Promise<void> {
  await failPoint("outcome.before");
  await commit(carrier, mail, outcome);
  await failPoint("outcome.after");
  carrier.hand.done(mail);
  carrier.context.log.info(
    {
      tenant: mail.lane.tenantId,
      mail: mail.id,
      outcome: outcome.attempt,
      stage: outcome.stage,
      code: outcome.reply?.code,
      ms: Date.now() - started,
    },
    "mail tried",
  );
}

/** Nothing of it was refused, and nothing of it can have arrived: it waits as if it had never been claimed. */
const isUntried = (error: unknown): boolean => error instanceof Unanswered || error instanceof LaneStopped;

/** How the conversation about one mail ended. `dotPending`: the mark before the dot may have been made. */
type End = { result: SendResult } | { error: unknown; dotPending: boolean };

/** Sends, and judges nothing: an answer that was given is never lost to a fault of ours in reading it. */
async function offer(carrier: Carrier, mail: ClaimedMail): Promise<End> {
  const { context, scope, connection } = carrier;
  let late: NodeJS.Timeout | undefined;
  let told: Promise<void> | null = null;
  try {
    carrier.begun = null;
    const message = {
      ...envelopeOf(mail),
      body: () => readProved(scope, scope.tenantId, mail),
      beforeDot: async () => {
        if (context.hurry.aborted) throw new StaleLease();
        await failPoint("dot-pending.before");
        // The last mail's outcome is written by then: a connection never has two mails of which nobody knows.
        await markDotPending(scope.db, mail, carrier.writing.end());
        carrier.dotPending = true;
        await failPoint("dot-pending.after");
        const since = new Date();
        late = setTimeout(() => {
          told = markAnswerAwaited(scope.db, carrier.lane, since).catch(() => {});
        }, answerIsLateAfter);
      },
    };
    const result = await connection.send(message, () => beginNext(carrier));
    if (result.kind === "accepted") carrier.sent.push(Date.now());
    return { result };
  } catch (error) {
    return { error, dotPending: error instanceof SmtpFault ? error.dotPending : carrier.dotPending };
  } finally {
    clearTimeout(late);
    carrier.dotPending = false;
    if (told) {
      // In this order: written the other way round, a server that answers would be shown as one that is waited for.
      await told;
      await markAnswerAwaited(scope.db, carrier.lane, null).catch(() => {});
    }
  }
}

const envelopeOf = (mail: ClaimedMail) => ({
  sender: mail.sender,
  recipients: mail.recipients.map(({ address }) => address),
  size: mail.size,
  eightBit: mail.eightBit,
});

/** The envelope that may follow the dot at once: of the mail that will be carried next, if one is in hand. */
function beginNext(carrier: Carrier) {
  const { context, hand, ahead } = carrier;
  const may = hand.flows && ahead.may() && !context.stopping.aborted;
  carrier.begun = may ? hand.next : null;
  return carrier.begun && envelopeOf(carrier.begun);
}

async function judge(carrier: Carrier, mail: ClaimedMail, end: End): Promise<Core> {
  const { log } = carrier.context;
  try {
    if ("result" in end) {
      const code = end.result.kind === "refused" ? end.result.reply.code : 0;
      return outcomeOf(mail, end.result, await outcomeContext(carrier, code));
    }
    const { error } = end;
    if (error instanceof SmtpFault)
      return outcomeOfFault(mail, error, await outcomeContext(carrier, error.reply?.code ?? 0));
    if (!(error instanceof StaleLease)) log.error({ mail: mail.id, error: wordsOf(error) }, "sending failed");
    return outcomeOfError(mail, error, end.dotPending);
  } catch (error) {
    log.error({ mail: mail.id, error: wordsOf(error) }, "the answer could not be judged");
    return "result" in end ? unjudged(mail, end.result) : outcomeOfError(mail, error, end.dotPending);
  }
}

async function outcomeContext(carrier: Carrier, code: number): Promise<OutcomeContext> {
  const minuteAgo = Date.now() - 60_000;
  const { scope, lane, settings } = carrier;
  const connections = code === 421 ? await liveConnections(scope, lane.exchangeId).catch(() => 1) : 1;
  const sentLastMinute = carrier.sent.filter((at) => at > minuteAgo).length;
  const { greetsUs, sizeLimit, encrypted } = carrier.connection.facts;
  const known = { account: settings.username, greetsUs };
  const { ownDomains, host } = settings;
  return { ownDomains, host, encrypted, connections, sentLastMinute, known, sizeLimit };
}

const isUnfit = (error: unknown): error is BodyMissing | BodyChanged =>
  error instanceof BodyMissing || error instanceof BodyChanged;

/** The bytes are gone or are others: a person has to see it; trying again would not bring them back. */
async function keepBack(carrier: Carrier, mail: ClaimedMail, outcome: MailOutcome, fault: BodyMissing | BodyChanged) {
  const { context, scope } = carrier;
  const kind = fault instanceof BodyChanged ? "body-changed" : "body-missing";
  await setAside(context.db, mail, outcome, kind, unfitWords(fault));
  // The ledger job finds it too, in its time: the mail is safe without the alert.
  await tellUnfit(scope, mail.bodyId, fault, new Date()).catch((error) =>
    context.log.error({ mail: mail.id, error: wordsOf(error) }, "wrong bytes could not be told"),
  );
}

const unfitWords = (fault: BodyMissing | BodyChanged): string =>
  fault instanceof BodyChanged
    ? "The stored bytes of this mail are no longer those that were collected: its hash is another one. It was not sent; the connection was cut before the mail's end. Restore its bytes from a backup of the database and send it again, or fetch the mail again at its source."
    : `The stored bytes of this mail are ${fault.why}, so it can't be sent. Restore them from a backup, or fetch the mail again at its source.`;

async function commit(carrier: Carrier, mail: ClaimedMail, outcome: MailOutcome): Promise<void> {
  const { context, scope, settings } = carrier;
  const policy = { ...settings.outcome, uncertainSeconds: context.env.uncertainSeconds };
  const taken = outcome.recipients.some(({ place }) => place === "delivered");
  // However long the database is away or full, the server's answer is kept: only what time can't mend is given up.
  for (let tries = 1, hopeless = 0; ; tries += 1) {
    try {
      const ours = await commitOutcome(scope.db, mail, outcome, policy);
      if (!ours) context.log.warn({ mail: mail.id, outcome: outcome.attempt }, "the lease had run out");
      return;
    } catch (error) {
      context.log.error({ mail: mail.id, tries, error: wordsOf(error) }, "the outcome could not be written");
      hopeless += healsByItself(error) ? 0 : 1;
      if (hopeless >= commitTries || (context.hurry.aborted && !taken)) throw error;
      await rest(Math.min(10_000, 200 * 2 ** Math.min(tries, 6)));
    }
  }
}
