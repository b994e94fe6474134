// The password for a test: the one typed for it, or the stored one, and that only where it was saved for.
import { type ExchangeSettings, passwordNeededAgain } from "@/domain/exchange/schema";
import { settingsOfRow } from "@/domain/exchange/store-row";
import { type MailboxSettings, sourcePasswordNeededAgain } from "@/domain/mailbox/schema";
import { settingsOfMailbox } from "@/domain/mailbox/store-row";
import { sqlOf, type TenantScope } from "@/domain/scope";
import { openSecret } from "@/domain/secret/store";
import { Refusal } from "@/lib/errors";
import type { PrivateKeys } from "@/lib/seal";
import type { ClaimedProbe } from "./run";

export const typedPassword = (scope: TenantScope, keys: PrivateKeys, probe: ClaimedProbe): Promise<string | null> =>
  openSecret(sqlOf(scope.db.pool), scope, keys, probe.id, "password");

/** Opens what is stored with a saved row. The caller has compared the tested values with the saved ones. */
export const storedPassword = (scope: TenantScope, keys: PrivateKeys, rowId: string): Promise<string | null> =>
  openSecret(sqlOf(scope.db.pool), scope, keys, rowId, "password");

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

async function storedFor(scope: TenantScope, keys: PrivateKeys, probe: ClaimedProbe, settings: ExchangeSettings) {
  const { tenantId } = scope;
  const row = probe.subjectId
    ? await scope.db.prisma.exchange.findUnique({ where: { tenantId_id: { tenantId, id: probe.subjectId } } })
    : null;
  if (!row) return refuse(noneStored);
  if (passwordNeededAgain(settingsOfRow(row, false), settings).length > 0) return refuse(otherValues);
  return (await storedPassword(scope, keys, row.id)) ?? refuse(noneStored);
}

/** The same for a mailbox: null when it has no user name's password yet. */
export async function mailboxPassword(
  scope: TenantScope,
  keys: PrivateKeys,
  probe: ClaimedProbe,
  settings: MailboxSettings,
): Promise<string | null> {
  const { tenantId } = scope;
  const { password } = probe.input;
  switch (password) {
    case "none":
      return null;
    case "typed":
      return (await typedPassword(scope, keys, probe)) ?? refuse(typedGone);
    case "stored": {
      const row = probe.subjectId
        ? await scope.db.prisma.mailbox.findUnique({ where: { tenantId_id: { tenantId, id: probe.subjectId } } })
        : null;
      if (!row) return refuse(noneStored);
      if (sourcePasswordNeededAgain(settingsOfMailbox(row, false), settings).length > 0) return refuse(otherValues);
      return (await storedPassword(scope, keys, row.id)) ?? refuse(noneStored);
    }
  }
}

const typedGone = "The password typed for this test is gone. Type it again, then test again.";
const noneStored = "There is no stored password yet: type it, then test again.";
const otherValues =
  "The stored password is used only with the server, user name and certificate it was saved for. Type it again, then test again.";

function refuse(words: string): never {
  throw new Refusal(words);
}
