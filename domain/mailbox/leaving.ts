// Leaving: a session that was about to delete what is stored here, and may never have written down that it did: the answer to
// QUIT was lost, the database went away, the worker died. What a listing lacks after that was to go, and shows no renumbering.
import type { Sql } from "@/domain/scope";
import { type ClaimedMailbox, LeaseLost } from "./claim";

/** Written before the first DELE. Throws LeaseLost. */
export async function noteLeaving(sql: Sql, claimed: ClaimedMailbox): Promise<void> {
  const rows = await sql.query(
    `update mailbox_state set facts = facts || '{"leaving": true}'
     where tenant_id = $1::uuid and mailbox_id = $2::uuid and lease_token = $3::uuid returning 1`,
    [claimed.tenantId, claimed.mailboxId, claimed.token],
  );
  if (rows.length === 0) throw new LeaseLost();
}

/** Some session left so, and none since came to the end of all that there was. */
export const wasLeaving = ({ facts }: Pick<ClaimedMailbox, "facts">): boolean => facts.leaving === true;
