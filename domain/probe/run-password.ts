// The password for a test: the one typed for it, or the stored one, and that only where it was saved for.

import { passwordNeededAgain } from "@/domain/exchange/password-again";
import type { ExchangeSettings } from "@/domain/exchange/schema";
import { settingsOfRow } from "@/domain/exchange/store-row";
import type { MailboxSettings } from "@/domain/mailbox/schema";
import { sourcePasswordNeededAgain } from "@/domain/mailbox/source";
import { settingsOfMailbox } from "@/domain/mailbox/store-row";
import { sqlOf, sqlOfPrisma, type TenantScope, type Tx } from "@/domain/scope";
import { openSecret } from "@/domain/secret/store";
import { Refusal } from "@/lib/errors";
import type { PrivateKeys } from "@/lib/seal";
import type { ClaimedProbe } from "./run";

const typedPassword = (scope: TenantScope, keys: PrivateKeys, probe: ClaimedProbe): Promise<string | null> =>
  openSecret(sqlOf(scope.db.pool), scope, keys, probe.id, "password");

/** Null when the test needs none. Throws Refusal when it is missing or was saved for other values. */
export async function exchangePassword(
  scope: TenantScope,
  keys: PrivateKeys,
  probe: ClaimedProbe,
  settings: ExchangeSettings,
): Promise<string | null> {
  if (settings.username === "") return null;
  const { password } = probe.input;
  switch (password) {
    case "none":
      throw new Refusal(`User name ${settings.username} needs its password: type it, then test again.`);
    case "typed":
      return (await typedPassword(scope, keys, probe)) ?? refuse(typedGone);
    case "stored":
      return storedFor(scope, keys, probe, settings);
  }
}

function storedFor(scope: TenantScope, keys: PrivateKeys, probe: ClaimedProbe, settings: ExchangeSettings) {
  return fromOneInstant(scope, keys, probe, async (tx, key) => {
    const row = await tx.exchange.findUnique({ where: { tenantId_id: key } });
    return row && passwordNeededAgain(settingsOfRow(row, false), settings);
  });
}

/**
 * The stored password, when the saved values of the same instant are those of the test: one that is saved together with
 * another host must never go to the host before it, and one of a tenant that moved never leaves by its former site.
 * `changed`: what differs, or null when nothing is saved.
 */
function fromOneInstant(
  scope: TenantScope,
  keys: PrivateKeys,
  probe: ClaimedProbe,
  changed: (tx: Tx, key: { tenantId: string; id: string }) => Promise<unknown[] | null>,
): Promise<string> {
  const { subjectId } = probe;
  if (!subjectId) return refuse(noneStored);
  return scope.db.prisma.$transaction(
    async (tx) => {
      const differs = await changed(tx, { tenantId: scope.tenantId, id: subjectId });
      if (!differs) return refuse(noneStored);
      const tenant = await tx.tenant.findUnique({ where: { id: scope.tenantId }, select: { site: true } });
      if (differs.length > 0 || tenant?.site !== probe.site) return refuse(otherValues);
      return (await openSecret(sqlOfPrisma(tx), scope, keys, subjectId, "password")) ?? refuse(noneStored);
    },
    { isolationLevel: "RepeatableRead" },
  );
}

/** The same for a mailbox: null when it has no user name's password yet. */
export async function mailboxPassword(
  scope: TenantScope,
  keys: PrivateKeys,
  probe: ClaimedProbe,
  settings: MailboxSettings,
): Promise<string | null> {
  const { password } = probe.input;
  switch (password) {
    case "none":
      return null;
    case "typed":
      return (await typedPassword(scope, keys, probe)) ?? refuse(typedGone);
    case "stored":
      return fromOneInstant(scope, keys, probe, async (tx, key) => {
        const row = await tx.mailbox.findUnique({ where: { tenantId_id: key } });
        return row && sourcePasswordNeededAgain(settingsOfMailbox(row, false), settings);
      });
  }
}

const typedGone = "The password typed for this test is gone. Type it again, then test again.";
const noneStored = "There is no stored password yet: type it, then test again.";
const otherValues =
  "The stored password is used only with the server, user name and certificate it was saved for. Type it again, then test again.";

function refuse(words: string): never {
  throw new Refusal(words);
}
