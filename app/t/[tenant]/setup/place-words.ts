// What the step of the first mailbox says above its form, by how that mailbox stands.
import { setUpStep } from "@/domain/mailbox/setting-up";
import type { MailboxRow } from "@/domain/mailbox/store";

export function placeWords(mailbox: Pick<MailboxRow, "state" | "reasonKind" | "reason"> | null): string {
  if (!mailbox)
    return "Type its address: servers of known providers are offered. A test signs in and counts what is there. Nothing is collected before the last step.";
  if (setUpStep(mailbox))
    return "It is saved, and nothing is collected before the last step. A test signs in and counts what is there.";
  switch (mailbox.state) {
    case "active":
      return "It is collected already. What you change here is tried at once.";
    case "paused":
      return "It is paused. What you change here counts as soon as somebody goes on with it.";
    case "stopped":
      return `${mailbox.reason ?? "It is stopped."} What you change here counts as soon as somebody starts it.`;
  }
}
