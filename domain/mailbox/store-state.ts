// What saving a mailbox does to its state: whether it is collected, when next, and what a new place makes of what was known.
import { sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { leavePlace } from "./identity-write";
import { type MailboxSettings, sourceOf } from "./schema";
import type { MailboxRow } from "./store";
import { askForEarlier } from "./store-effect";

export interface StateWish {
  /** a newly typed password; absent or empty keeps the stored one */
  password?: string | undefined;
  /** the moment of saving, which `start: now` stands for */
  now: Date;
  /** a new mailbox comes in stopped, with this reason (import --stopped; a missing password stops it in any case) */
  stopped?: { kind: string; reason: string } | undefined;
  /** a person gave the password that a stopped mailbox lacked: that ends the stop. Import never sets this. */
  endsMissingPassword?: boolean;
}

/** Stopped, where somebody said so or the password is missing. */
export async function firstState(
  tx: Tx,
  scope: TenantScope,
  mailboxId: string,
  site: string,
  settings: MailboxSettings,
  options: StateWish,
): Promise<void> {
  const stop =
    options.stopped ??
    (options.password ? null : { kind: "no-password", reason: "It came without a password. Give it, then start it." });
  const state = stop ? "stopped" : settings.paused ? "paused" : "active";
  await tx.mailboxState.create({
    data: {
      tenantId: scope.tenantId,
      mailboxId,
      site,
      state,
      reasonKind: stop?.kind ?? null,
      reason: stop?.reason ?? null,
      dueAt: state === "active" ? options.now : null,
    },
  });
}

/** A new password or a new place to sign in is tried at once; a new source is compared by hash before anything moves. */
export async function settleState(
  tx: Tx,
  scope: TenantScope,
  before: MailboxRow,
  settings: MailboxSettings,
  options: StateWish,
): Promise<void> {
  const old = before.settings;
  const moved = sourceOf(old) !== sourceOf(settings);
  const mended =
    Boolean(options.password) ||
    (["host", "port", "tls", "certificate", "username", "folder"] as const).some((key) => old[key] !== settings[key]);
  const ends = options.endsMissingPassword && options.password && before.reasonKind === "no-password";
  const state = before.state === "stopped" && !ends ? "stopped" : settings.paused ? "paused" : "active";
  // The state before identities, as sessions lock both: else each waits for the other.
  await tx.$queryRaw`
    select 1 from mailbox_state where tenant_id = ${scope.tenantId}::uuid and mailbox_id = ${before.id}::uuid for update`;
  const earlier = await askForEarlier(tx, scope, before.id, old, settings);
  const sooner =
    earlier > 0 ||
    mended ||
    settings.pollSeconds < old.pollSeconds ||
    (before.state !== "active" && state === "active");
  await tx.mailboxState.update({
    where: { tenantId_mailboxId: { tenantId: scope.tenantId, mailboxId: before.id } },
    data: {
      state,
      ...(state === "stopped" ? {} : { reasonKind: null, reason: null }),
      ...(state === "active" && sooner ? { dueAt: options.now } : {}),
      ...(mended ? { failures: 0, lastError: null, lastReply: null, workedAt: null } : {}),
      // The session that runs at the old place loses its lease: it stores nothing more, and writes nothing over this.
      ...(moved ? { recheck: true, facts: {}, leaseToken: null, leaseWorker: null, leaseUntil: null } : {}),
    },
  });
  if (moved) await leavePlace(sqlOfPrisma(tx), scope, before.id, options.now);
}
