// Where mail goes, with which password: whoever changes that proves first who they are.
import type { TenantScope } from "@/domain/scope";
import { passwordNeededAgain } from "./password-again";
import type { ExchangeEdit } from "./schema";
import { readExchange } from "./store";

/** The same changes for which a stored password is given again, stored or not; and a password itself. */
export async function exchangeAsksFresh(scope: TenantScope, edit: ExchangeEdit): Promise<boolean> {
  if (edit.password || edit.forgetPassword) return true;
  const before = await readExchange(scope);
  return before === null || passwordNeededAgain(before.settings, edit).length > 0;
}
