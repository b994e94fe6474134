// Many mailboxes at once, one by one: what would change, the change, and the way back. Each in the scope of its tenant, in a
// transaction of its own with its audit entry, and only if it still has the version that was looked at.
import { z } from "zod";
import { lockTenant } from "@/domain/exchange/store-write";
import { changed } from "@/domain/live/changed";
import { inTenant, type TenantScope, type Tx } from "@/domain/scope";
import { Conflict, Refusal } from "@/lib/errors";
import { changedSettings, type Plan, planOf } from "./many-plan";
import type { ManyChange } from "./many-schema";
import { type MailboxSettings, mailboxFields } from "./schema";
import { type MailboxRow, mailboxesIn, mailboxIn } from "./store";
import { pauseMailbox, resumeMailbox, startMailbox } from "./store-run";
import { writeMailbox } from "./store-write";

export interface Planned extends Plan {
  id: string;
  name: string;
  version: number;
}

/** In the order of their names. Ids that are no mailbox of this tenant are left out. */
export const planMany = (scope: TenantScope, ids: readonly string[], change: ManyChange): Promise<Planned[]> =>
  inTenant(scope, async (tx) => {
    const all = await mailboxesIn(tx, scope);
    return all
      .filter(({ id }) => ids.includes(id))
      .map((row) => ({ id: row.id, name: row.settings.name, version: row.version, ...planOf(row, all, change) }));
  });

export interface OneSeen {
  id: string;
  version: number;
}

/** A change, or `back`: the way back from the last one. */
export type ManyWork = ManyChange | "back";
/** `named`: the host that stored passwords may go along to. */
type How = { named: string; now: Date };

interface Written {
  /** the version that it has then */
  version: number;
  /** its stored password went to the new place */
  along: boolean;
}

export async function changeOne(
  scope: TenantScope,
  seen: OneSeen,
  change: ManyWork,
  { named, now }: How,
): Promise<Written> {
  if (change === "back") return changeBackOne(scope, seen, now);
  switch (change.do) {
    case "pause":
      await pauseMailbox(scope, seen.id, seen.version);
      return { version: seen.version + 1, along: false };
    case "start":
      await startOne(scope, seen);
      return { version: seen.version + 1, along: false };
    case "settings":
      return inTenant(scope, async (tx) => {
        const row = await lockedRow(tx, scope, seen);
        const after = changedSettings(row.settings, change.settings);
        const options = { ...written(scope, seen, now), passwordGoes: { to: named }, action: manyAction };
        const { version, changes } = await writeMailbox(tx, scope, seen.id, after, options);
        return { version, along: "password" in changes };
      });
  }
}

export interface Changed<Item extends OneSeen = OneSeen> {
  /** with the version that they have now */
  done: Item[];
  failed: { id: string; message: string }[];
  /** of those done: how many stored passwords went along */
  along: number;
  /** after a fault: the one that it struck, and those that were not tried */
  left: Item[];
  /** what ended it before its end; null: all were tried */
  fault: unknown;
}

/**
 * One by one, each in its tenant: one that can't be changed holds up no other, and the answer names it. What is no refusal
 * ends the work, and then too the answer says what is done: it has its way back.
 */
export async function changeEach<Item extends OneSeen>(
  enter: (item: Item) => TenantScope | Promise<TenantScope>,
  items: readonly Item[],
  change: ManyWork,
  how: How,
): Promise<Changed<Item>> {
  const all: Changed<Item> = { done: [], failed: [], along: 0, left: [], fault: null };
  for (const [n, item] of items.entries()) {
    try {
      const scope = await enter(item);
      const { version, along } = await changeOne(scope, item, change, how);
      all.done.push({ ...item, version });
      if (along) all.along += 1;
      changed(scope.db, scope.tenantId, "mailbox");
    } catch (error) {
      if (!(error instanceof Refusal)) return { ...all, left: items.slice(n), fault: error };
      all.failed.push({ id: item.id, message: whyUnchanged(error) });
    }
  }
  return all;
}

/** In a list of many, where "this page" would mean nothing. */
function whyUnchanged(error: Refusal): string {
  if (error instanceof Conflict) return `${error.by || "Somebody"} changed it meanwhile. It stays as it is now.`;
  return Object.values(error.fields ?? {})[0] ?? error.message;
}

const manyAction = "mailbox.change-many";

/** Back to what it was before: read from the audit entry of that change, never from what a page says. */
const changeBackOne = (scope: TenantScope, seen: OneSeen, now: Date): Promise<Written> =>
  inTenant(scope, async (tx) => {
    const row = await lockedRow(tx, scope, seen);
    const settings = { ...row.settings, ...(await valuesBefore(tx, scope, row)) };
    const options = { ...written(scope, seen, now), passwordGoes: "back", action: "mailbox.change-back" } as const;
    const { version, changes } = await writeMailbox(tx, scope, seen.id, settings, options);
    return { version, along: "password" in changes };
  });

const written = (scope: TenantScope, seen: OneSeen, now: Date) => ({
  by: scope.actor.name,
  expectedVersion: seen.version,
  now,
});

async function lockedRow(tx: Tx, scope: TenantScope, { id, version }: OneSeen): Promise<MailboxRow> {
  await lockTenant(tx, scope);
  const row = await mailboxIn(tx, scope, id);
  if (!row) throw new Refusal("This mailbox is not there any more: somebody removed it.");
  if (row.version !== version) throw new Conflict(row.updatedBy, row.updatedAt);
  return row;
}

/** Ends a stop or a pause, whichever it is. */
async function startOne(scope: TenantScope, { id, version }: OneSeen): Promise<void> {
  const row = await inTenant(scope, (tx) => mailboxIn(tx, scope, id));
  await (row?.state === "stopped" ? startMailbox : resumeMailbox)(scope, id, version);
}

const writes = ["mailbox.add", "mailbox.save", manyAction, "mailbox.change-back"];
const fromTo = <T extends z.ZodType>(value: T) => z.object({ from: value, to: value }).optional();
const changedFields = z.object({
  host: fromTo(mailboxFields.shape.host),
  port: fromTo(mailboxFields.shape.port),
  tls: fromTo(mailboxFields.shape.tls),
  certificate: fromTo(mailboxFields.shape.certificate),
  pollSeconds: fromTo(mailboxFields.shape.pollSeconds),
});

/** Only while nothing was written since: what is stored now, the password with it, may be meant for the new place alone. */
async function valuesBefore(tx: Tx, scope: TenantScope, row: MailboxRow): Promise<Partial<MailboxSettings>> {
  const last = await tx.audit.findFirst({
    where: { tenantId: scope.tenantId, targetId: row.id, action: { in: writes } },
    orderBy: { id: "desc" },
  });
  const changes = last?.action === manyAction ? changedFields.safeParse(last.changes) : null;
  if (!changes?.success) throw new Conflict(row.updatedBy, row.updatedAt);
  return Object.fromEntries(
    Object.entries(changes.data).flatMap(([field, change]) => (change ? [[field, change.from]] : [])),
  );
}
