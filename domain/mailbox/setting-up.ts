// A mailbox that is being set up: saved step by step and stopped until its last one, so that nothing is collected while
// somebody still decides who gets the mail. Which step comes next is the reason why it is stopped.
import type { TenantScope, Tx } from "@/domain/scope";
import type { MailboxRow } from "./store";

/** The parts of a mailbox's form, in the order in which they are asked for. */
export const setUpParts = ["place", "recipients", "start"] as const;
export type SetUpPart = (typeof setUpParts)[number];

const waitsForRecipients = {
  kind: "setup-recipients",
  reason: "It is being set up: who gets its mail is still to be decided.",
};
const waitsForStart = { kind: "setup-start", reason: "It is set up and waits to be started." };

export const stopOfNew = waitsForRecipients;

/** What it still waits for; null when its setting up is over, or was another way. */
export function setUpStep({ state, reasonKind }: Pick<MailboxRow, "state" | "reasonKind">): SetUpPart | null {
  if (state !== "stopped") return null;
  if (reasonKind === waitsForRecipients.kind) return "recipients";
  return reasonKind === waitsForStart.kind ? "start" : null;
}

/** How a mailbox begins that was being set up, or not: a step that it still waited for is skipped by that. */
export const started = (row: Pick<MailboxRow, "state" | "reasonKind">, now: Date) => ({
  state: "active" as const,
  dueAt: now,
  reasonKind: null,
  reason: null,
  ...(setUpStep(row) === "recipients" ? { recipientsSkipped: true } : {}),
});

/** After a save of this part (absent: of the whole form). Any other stop is left as it is. */
export async function goOnSettingUp(
  tx: Tx,
  scope: TenantScope,
  row: MailboxRow,
  part: SetUpPart | undefined,
  now: Date,
): Promise<void> {
  if (part === "place" || (setUpStep(row) === null && !row.recipientsSkipped)) return;
  const decided = part === "start" ? {} : { recipientsSkipped: false };
  const ready = { ...decided, reasonKind: waitsForStart.kind, reason: waitsForStart.reason };
  const next = setUpStep(row) === null ? decided : part === "start" ? started(row, now) : ready;
  await tx.mailboxState.update({
    where: { tenantId_mailboxId: { tenantId: scope.tenantId, mailboxId: row.id } },
    data: next,
  });
  if (part === "start" && setUpStep(row)) await tx.$executeRaw`select pg_notify('mailferry', 'mailbox')`;
}
