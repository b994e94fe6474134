// One mailbox collected by two tenants: said before it is saved, and not forbidden. Row-level security hides the other tenant, so
// SQL answers yes or no. That answer is worth asking for, so it leaves a trace: a "no" a mailbox that is saved, or where there is
// something else to confirm first, an entry in the audit log as each "yes" does. An hour has only so many entries.
import { writeAudit } from "@/domain/audit/write";
import { hashOf } from "@/domain/person/token";
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import type { MailboxEdit, MailboxSettings } from "./schema";
import type { SetUpPart } from "./setting-up";
import { effectOfChange } from "./store-effect";
import { settled } from "./store-row";
import { type MailboxWritten, saveIn } from "./store-write";

export const warningsPerHour = 20;
const warned = "mailbox.collected-elsewhere";
const looked = "mailbox.looked-elsewhere";

export type Saved =
  | { saved: true; id: string; version: number }
  /** `touches`: something that is there now would be collected or deleted */
  | { saved: false; effect: string; touches: boolean };

export interface Asked {
  /** the session's: who is told which company it is */
  token: string;
  now: Date;
  part?: SetUpPart | undefined;
}

/** Saves, unless there is something to confirm first: then nothing is written. */
export async function saveOrAsk(
  scope: TenantScope,
  id: string | null,
  edit: MailboxEdit,
  { token, now, part }: Asked,
): Promise<Saved> {
  const { password: _password, version: _version, ...settings } = edit;
  const effect = id === null ? null : await effectOfChange(scope, id, settings, now);
  try {
    return await inTenant(scope, async (tx) => {
      const written = await saveIn(tx, scope, id, edit, now, part);
      const twice = movesPlace(written) ? await whyTwice(tx, scope, token, settled(settings, now)) : null;
      if (effect || twice?.words) throw new Unconfirmed(effect, twice);
      return { saved: true, id: written.id, version: written.version } as const;
    });
  } catch (error) {
    if (!(error instanceof Unconfirmed)) throw error;
    if (error.twice?.note) await note(scope, error.twice.note, edit);
    return { saved: false, effect: error.message, touches: error.effect !== null };
  }
}

interface Twice {
  /** empty: nobody else does */
  words: string;
  /** what is written down of it where nothing is saved, and counts for the hour */
  note: typeof warned | typeof looked | null;
}

/** Takes back what was written. */
class Unconfirmed extends Error {
  constructor(
    readonly effect: string | null,
    readonly twice: Twice | null,
  ) {
    super([twice?.words, effect].filter(Boolean).join(" "));
  }
}

const place = ["protocol", "host", "port", "username", "folder"];
const movesPlace = ({ changes }: MailboxWritten): boolean => place.some((field) => field in changes);

async function whyTwice(tx: Tx, scope: TenantScope, token: string, at: MailboxSettings): Promise<Twice | null> {
  const since = new Date(Date.now() - 3_600_000);
  const asked = await tx.audit.count({
    where: { tenantId: scope.tenantId, action: { in: [warned, looked] }, at: { gte: since } },
  });
  if (asked >= warningsPerHour)
    return {
      words: `Whether another company here collects ${at.username} at ${at.host} too was not looked up: that was asked ${asked} times in the last hour.`,
      note: null,
    };
  const [found] = await tx.$queryRaw<{ elsewhere: boolean; company: string | null }[]>`
    select * from portal_collected_elsewhere(${hashOf(token)}, ${scope.tenantId}::uuid, ${at.host}, ${at.port}::int, ${at.username},
      ${at.folder})`;
  if (!found?.elsewhere) return { words: "", note: looked };
  return { words: twiceWords(found.company, at), note: warned };
}

const twiceWords = (company: string | null, { username, host }: MailboxSettings): string =>
  `${company ?? "Another company of this installation"} collects ${username} at ${host} already. As soon as one of the two deletes there what it collected, each mail arrives at only one of them, by chance.`;

const note = (scope: TenantScope, action: string, { host, username }: MailboxEdit): Promise<void> =>
  inTenant(scope, (tx) => writeAudit(tx, scope, { action, target: `${username} at ${host}` }));
