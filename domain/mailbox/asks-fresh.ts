// Where mail comes from, with which password: whoever changes that proves first who they are.
import type { TenantScope } from "@/domain/scope";
import type { MailboxEdit } from "./schema";
import { sourcePasswordNeededAgain } from "./source";
import { readMailbox } from "./store";

/** `id` null: a new one, which brings a host. One that is gone is the save's to refuse. */
export async function mailboxAsksFresh(scope: TenantScope, id: string | null, edit: MailboxEdit): Promise<boolean> {
  if (id === null || edit.password) return true;
  const before = await readMailbox(scope, id);
  return before !== null && sourcePasswordNeededAgain(before.settings, edit).length > 0;
}
