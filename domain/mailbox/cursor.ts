// Cursor: what a listing means, given what is known. Decides what is fetched, compared, deleted and forgotten; does nothing.
import type { Listed, Listing, SourceFacts } from "@/mail/source";
import { type Missing, missingFrom, noneMissing } from "./missing";
import type { MailboxSettings } from "./schema";

/** An identity that is not closed. */
export interface Known {
  id: number;
  epoch: string;
  uid: string;
  size: number | null;
  state: "stored" | "skipped" | "bad";
  createdAt: Date;
  nextTryAt: Date | null;
  tries: number;
  /** left out by `start`, and a person asked for it since */
  wanted: boolean;
}

export interface Held {
  mail: Listed;
  identity: Known;
}

export interface Plan {
  /** no usable UIDLs: everything is fetched and recognised by hash */
  byHash: boolean;
  /** unknown: judged by `start`, then collected */
  fresh: Listed[];
  /** left out once, asked for since: collected whatever `start` says */
  wanted: Listed[];
  /** left out once, and of another size now: another mail, unless its header's hash is the stored one */
  resized: Held[];
  /** fetched and compared by hash first: the UIDL was seen before, or its size changed */
  compare: Listed[];
  /** the listing looks renumbered: nothing is delivered or deleted before all of `fresh` was compared by header hash */
  recheck: boolean;
  /** may be deleted at the source, if TOP 0 gives the stored header hash */
  remove: Held[];
  /** identities that this complete listing lacks */
  close: number[];
  /** of `fresh`: what may be an identity that this listing lacks, under another name */
  missing: Missing;
  /** a bad mail whose time has come: the only thing fetched in this session */
  retry: Held | null;
  /** bad mails whose time has not come: neither fetched nor counted as new */
  waitingBad: number;
}

export interface CursorInput {
  listing: Listing;
  known: Known[];
  /** uids of this epoch that a closed identity has */
  closedUids: ReadonlySet<string>;
  settings: Pick<MailboxSettings, "after" | "keepDays">;
  /** the mailbox's source changed, or an earlier session found it renumbered and did not get through */
  recheck: boolean;
  /** all that was kept at the source went from a listing before this one: what comes now may be the same under new names */
  emptied?: boolean;
  /** a session before this one was about to delete, and nobody knows whether it did: see leaving.ts */
  leaving?: boolean;
  deleteDelayMinutes: number;
  now: Date;
}

export interface SourceRefusal {
  field: "after" | "start";
  sentence: string;
}

/** What this server can't do for these settings; the poll and the test refuse it with the same sentence. */
export function refusedBySource(
  settings: Pick<MailboxSettings, "after" | "start">,
  facts: Pick<SourceFacts, "canPeek" | "canDelete" | "readOnly">,
  uidsUsable: boolean,
): SourceRefusal | null {
  if (settings.after !== "keep" && !facts.canDelete)
    return {
      field: "after",
      sentence: facts.readOnly
        ? "This user may only read in this folder, so collected mail can't be deleted there: choose “keep” under After collecting, or ask for the right to delete."
        : "This server lacks UIDPLUS, so deleting there could take another client's mail along: choose “keep” under After collecting.",
    };
  if (settings.after !== "delete" && !uidsUsable)
    return {
      field: "after",
      sentence:
        "This server names its mails by no usable UIDL, so Mailferry can't keep them apart: choose “delete” under After collecting.",
    };
  if (settings.start !== "all" && !(uidsUsable && facts.canPeek))
    return {
      field: "start",
      sentence: `This server has no ${uidsUsable ? "TOP" : "usable UIDL"}, so Mailferry can't tell old mail from new: choose “all” under Start.`,
    };
  return null;
}

export function planSession(input: CursorInput): Plan {
  return input.listing.uidsUsable ? planByUid(input) : planByHash(input);
}

/** When an identity's mail may go at the source; null: never. From the settings as they are now. */
export function deleteDue(
  identity: Pick<Known, "state" | "createdAt">,
  settings: Pick<MailboxSettings, "after" | "keepDays">,
  deleteDelayMinutes: number,
): Date | null {
  if (identity.state !== "stored") return null;
  if (settings.after === "keep") return null;
  const kept = settings.after === "keep-days" ? settings.keepDays * 86_400_000 : 0;
  return new Date(identity.createdAt.getTime() + Math.max(kept, deleteDelayMinutes * 60_000));
}

const wasToGo = (one: Known, { leaving, settings, deleteDelayMinutes, now }: CursorInput): boolean => {
  const due = leaving ? deleteDue(one, settings, deleteDelayMinutes) : null;
  return due !== null && due <= now;
};

/** One hour after the first failure, then daily. */
export const nextTry = (tries: number, now: Date): Date => new Date(now.getTime() + (tries <= 1 ? 1 : 24) * 3_600_000);

/** Without UIDL a bad mail is known by its size; `n` tells several of one size apart. */
export const badUidBySize = (size: number, n = 0): string => `size ${size}${n > 0 ? `.${n}` : ""}`;
export const isBadOfSize = (uid: string, size: number): boolean => uid.split(".")[0] === badUidBySize(size);

const empty = (): Plan => ({
  byHash: false,
  fresh: [],
  wanted: [],
  resized: [],
  compare: [],
  recheck: false,
  remove: [],
  close: [],
  missing: noneMissing,
  retry: null,
  waitingBad: 0,
});

function planByUid(input: CursorInput): Plan {
  const { listing, known, now } = input;
  const plan = empty();
  const byUid = new Map(known.filter((one) => one.epoch === listing.epoch).map((one) => [one.uid, one]));
  const seen = new Set<number>();
  for (const mail of listing.mails) {
    const identity = byUid.get(mail.uid ?? "");
    if (identity) {
      seen.add(identity.id);
      placeKnown(plan, { mail, identity }, input);
    } else if (input.closedUids.has(mail.uid ?? "") && !input.recheck) plan.compare.push(mail);
    else plan.fresh.push(mail);
  }
  const vanished = known.filter((one) => !seen.has(one.id));
  const unknown = plan.fresh.length + plan.compare.length;
  // A provider's migration: most of the listing is unknown, and most of what was known is gone.
  const gone = vanished.filter((one) => !wasToGo(one, input)).length * 2 > known.length || input.emptied === true;
  const renumbered = unknown * 2 > listing.mails.length && gone;
  plan.recheck = (input.recheck || renumbered) && unknown > 0;
  // While mails are compared by hash the vanished identities are what they are compared with.
  if (plan.recheck) plan.remove = [];
  // The new place is still empty (a migration fills it later): what will be compared with is kept.
  else if (!(input.recheck && listing.mails.length === 0)) {
    plan.missing = missingFrom(vanished, [...plan.fresh, ...plan.resized.map(({ mail }) => mail)]);
    const gone = listing.incomplete ? [] : vanished.map((one) => one.id);
    plan.close = gone.filter((id) => !plan.missing.identities.has(id));
  }
  return plan.retry ? { ...empty(), close: plan.close, retry: plan.retry, waitingBad: plan.waitingBad } : plan;

  function placeKnown(into: Plan, held: Held, { settings, deleteDelayMinutes }: CursorInput) {
    const { mail, identity } = held;
    switch (identity.state) {
      case "skipped":
        if (identity.wanted) into.wanted.push(mail);
        // A listing without a size (0) says nothing of it.
        else if (mail.size > 0 && identity.size !== null && identity.size !== mail.size) into.resized.push(held);
        return;
      case "bad":
        if (identity.nextTryAt !== null && identity.nextTryAt > now) into.waitingBad += 1;
        else into.retry ??= held;
        return;
      case "stored": {
        if (identity.size !== null && identity.size !== mail.size) {
          into.compare.push(mail);
          return;
        }
        const due = deleteDue(identity, settings, deleteDelayMinutes);
        if (due !== null && due <= now) into.remove.push(held);
      }
    }
  }
}

/** Everything is fetched again and recognised by its hash; identities are closed after the fetch, not by the listing. */
function planByHash({ listing, known, now }: CursorInput): Plan {
  const plan: Plan = { ...empty(), byHash: true };
  const bad = known.filter((one) => one.state === "bad");
  const isOf = (one: Known, { uid, size }: Listed) =>
    one.epoch === listing.epoch && (isBadOfSize(one.uid, size) || (uid !== null && one.uid === uid));
  for (const mail of listing.mails) {
    const at = bad.findIndex((one) => isOf(one, mail));
    const [identity] = at < 0 ? [] : bad.splice(at, 1);
    if (!identity) plan.fresh.push(mail);
    else if (identity.nextTryAt !== null && identity.nextTryAt > now) plan.waitingBad += 1;
    else plan.retry ??= { mail, identity };
  }
  // Only a listing can tell that a bad mail is gone: it has no hash to be recognised by.
  plan.close = listing.incomplete ? [] : bad.map((one) => one.id);
  return plan.retry ? { ...plan, fresh: [] } : plan;
}
