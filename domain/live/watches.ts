// Whose news a person may hear on the pages above all tenants: SQL asks who the session's person is, and does not count the
// question as a use of the session, so that a tab that nobody sees keeps nobody signed in. A page in view fetches itself anew,
// and that is use, like a screen on the wall of an office: until the session is seven days old.
import { hashOf } from "@/domain/person/token";
import type { Db } from "@/lib/db";
import type { Ears } from "./hub";
import { newsName } from "./name";

/** Null: nobody's session any more. */
export async function watchesOf(db: Db, token: string): Promise<Ears | null> {
  const { rows } = await db.pool.query<{ everything: boolean; tenants: string[] }>(
    "select everything, tenants from portal_watches($1)",
    [hashOf(token)],
  );
  const [row] = rows;
  if (!row) return null;
  return { everything: row.everything, names: new Set(row.tenants.map(newsName)) };
}

/** Of one tenant, for who was let into it. */
export const earsOf = (tenantId: string): Ears => ({ everything: false, names: new Set([newsName(tenantId)]) });
