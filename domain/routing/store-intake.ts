// Routing within the commit that stores a mail: one whose way is plain is ready at once, and its rows are written once. All else is
// stored as received, and routed by store.ts.
import { recipientsOf } from "@/domain/mailbox/claim-row";
import { chunkSize } from "@/domain/message/body";
import type { Sql } from "@/domain/scope";
import type { Headers } from "@/mail/headers";
import { type Decision, decideRoute } from "./route";
import { mergesOf } from "./store-copies";
import { tellJourneys } from "./store-journey";
import { mailboxColumns, type RoutingMailbox } from "./store-mail";
import { rulesFrom, type StoredRule, storedRules } from "./store-rules";

/** A mail that is being stored, as routing asks about it. */
export interface Arriving {
  mailId: string;
  /** as its sender wrote them */
  headers: Headers;
  body: { headerLength: number };
  writer: { size: number };
  facts: { sender: string; subject: string; messageId: string; ownMessageId: boolean; contentHash: string };
  loop: string | null;
}

/** To one or more recipients of this lane: nobody of it is held, discarded or merged, and no rule makes a copy. */
export interface PlainWay {
  exchangeId: string;
  rerouteTo: string;
  decision: Decision;
}

/**
 * Of those mails whose way is plain, by their ids. Asked for last before they are stored: from here to the end of the transaction
 * nobody else routes this tenant's mail. What can't be decided is not plain: a fault of routing never keeps a mail from being stored.
 */
export async function plainWays(
  sql: Sql,
  tenantId: string,
  mailboxId: string,
  batch: Arriving[],
): Promise<Map<string, PlainWay>> {
  const none = new Map<string, PlainWay>();
  const settings = await readSettings(sql, tenantId, mailboxId);
  if (!settings) return none;
  const decided = decideAll(batch, settings, await storedRules(sql, tenantId));
  if (decided.length === 0 || !(await mayRoute(sql, tenantId))) return none;
  const merges = await mergesOf(
    sql,
    tenantId,
    decided.map(({ mail, decision }) => ({ mail: messageOf(mail, settings), decision })),
  );
  const { exchange_id: exchangeId, reroute_unknown_to: rerouteTo } = settings;
  return new Map(
    decided
      .filter(({ mail }) => !merges.has(mail.mailId))
      .map(({ mail, decision }) => [mail.mailId, { exchangeId, rerouteTo, decision }]),
  );
}

/** The journeys of those that went at once. */
export const tellPlainWays = (sql: Sql, tenantId: string, ways: Map<string, PlainWay>): Promise<void> =>
  tellJourneys(
    sql,
    tenantId,
    [...ways].map(([id, { decision }]) => ({ mail: { id }, decision, merged: new Map() })),
  );

interface Settings extends RoutingMailbox {
  exchange_id: string;
  mailbox: string;
  reroute_unknown_to: string;
}

async function readSettings(sql: Sql, tenantId: string, mailboxId: string): Promise<Settings | undefined> {
  const [row] = await sql.query<Settings>(
    `select e.id as exchange_id, x.reroute_unknown_to, ${mailboxColumns}
     from exchange e join mailbox x on x.tenant_id = e.tenant_id and x.id = $2::uuid where e.tenant_id = $1::uuid`,
    [tenantId, mailboxId],
  );
  return row;
}

interface Decided {
  mail: Arriving;
  decision: Decision;
}

/** None where one can't be decided: routing itself comes to the same fault, and says so. */
function decideAll(batch: Arriving[], settings: Settings, stored: StoredRule[]): Decided[] {
  try {
    const rules = rulesFrom(stored);
    const twice = repeated(batch.map(({ facts }) => facts.messageId));
    return batch
      .filter((mail) => mail.loop === null && hasShortHeader(mail) && !twice.has(mail.facts.messageId))
      .map((mail) => ({ mail, decision: decide(mail, settings, rules) }))
      .filter(({ decision }) => isPlain(decision));
  } catch {
    return [];
  }
}

/** As decisionFor; the header was read already. */
function decide({ headers, facts, writer }: Arriving, settings: Settings, rules: Rules): Decision {
  const { sender, subject } = facts;
  const about = { sender, subject, size: writer.size, mailbox: settings.mailbox, headers };
  return decideRoute(about, recipientsOf(settings), rules);
}
type Rules = ReturnType<typeof rulesFrom>;

/** Of a longer one routing reads what stands in the first chunk. */
const hasShortHeader = ({ body }: Arriving): boolean => body.headerLength <= chunkSize;

/** Of two copies in a batch the second is merged into what was written of the first. */
const repeated = (names: string[]): Set<string> =>
  new Set(names.filter((name, n) => name !== "" && names.indexOf(name) < n));

const isPlain = ({ held, recipients, copies }: Decision): boolean =>
  held === null && copies.length === 0 && recipients.length > 0 && recipients.every(({ place }) => place === "waiting");

/**
 * Waits up to a tenth of a second for its turn (migration 0261, decision 0055), since sessions of one tenant commit at the same moment.
 *
 * Whether nobody else routes mail of this tenant now, nor until the end of this transaction, and none waits to be routed: it came
 * first, and a later copy is merged into it. Two statements: the second sees what was committed before the lock was free.
 */
async function mayRoute(sql: Sql, tenantId: string): Promise<boolean> {
  const [lock] = await sql.query<{ ours: boolean }>("select worker_turn_at_routing($1::uuid) as ours", [tenantId]);
  if (!lock?.ours) return false;
  const waiting = await sql.query("select 1 from mail where tenant_id = $1::uuid and state = 'received' limit 1", [
    tenantId,
  ]);
  return waiting.length === 0;
}

const messageOf = ({ mailId, facts }: Arriving, settings: Settings) => ({
  id: mailId,
  exchange_id: settings.exchange_id,
  message_id: facts.messageId,
  own_message_id: facts.ownMessageId,
  content_hash: Buffer.from(facts.contentHash, "hex"),
});
