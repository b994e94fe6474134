// The newest test of a mailbox that was made with the values that are saved: what it found is shown again instead of signing in
// once more, which some providers count.
import { type MailboxSettings, sourceOf } from "@/domain/mailbox/schema";
import type { MailboxRow } from "@/domain/mailbox/store";
import { inTenant, type TenantScope } from "@/domain/scope";

const freshMinutes = 60;

/** A test before the first save has no mailbox yet: it is known by its values. */
export const latestTest = (scope: TenantScope, mailbox: Pick<MailboxRow, "id" | "settings">): Promise<string | null> =>
  inTenant(scope, async (tx) => {
    const rows = await tx.$queryRaw<{ id: string; settings: MailboxSettings }[]>`
      select id, input -> 'settings' as settings from probe
      where tenant_id = ${scope.tenantId}::uuid and kind = 'mailbox' and state = 'done' and verdict ->> 'ok' = 'true'
        and input ->> 'countOnly' is null
        and (subject_id = ${mailbox.id}::uuid or subject_id is null)
        and requested_at > now() - make_interval(mins => ${freshMinutes}::int)
      order by requested_at desc limit 10`;
    return rows.find(({ settings }) => shown(settings) === shown(mailbox.settings))?.id ?? null;
  });

/** What a preview depends on: where it looked, and who would get what it saw. */
const shown = (settings: MailboxSettings): string => {
  const { recipients } = settings;
  const who =
    recipients.mode === "single"
      ? [recipients.address]
      : [recipients.headers, recipients.domains, recipients.own, recipients.nobody];
  return JSON.stringify([sourceOf(settings), settings.port, settings.tls, who]);
};
