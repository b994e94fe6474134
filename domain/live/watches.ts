// Whose news a person may hear, above all tenants and in one: SQL asks who the session's person is, and does not count the
// question as a use of the session, so that a tab that nobody sees keeps nobody signed in. A page in view fetches itself anew,
// and that is use, like a screen on the wall of an office: until the session is seven days old.
import { may } from "@/domain/access";
import { hashOf } from "@/domain/person/token";
import { enter } from "@/domain/tenant/view";
import type { Db } from "@/lib/db";
import type { Ears } from "./hub";
import { newsName } from "./name";

/** Null: nobody's session any more, or their role needs a second factor first. */
export async function watchesOf(db: Db, token: string): Promise<Ears | null> {
  const { rows } = await db.pool.query<{ everything: boolean; tenants: string[] }>(
    "select everything, tenants from portal_watches($1)",
    [hashOf(token)],
  );
  const [row] = rows;
  if (!row) return null;
  return { everything: row.everything, names: new Set(row.tenants.map(newsName)) };
}

/** Of one tenant: null where its overview may not be seen, or nothing at all may. */
export async function watchesIn(db: Db, token: string, tenant: { id: string; slug: string }): Promise<Ears | null> {
  const [watches, entered] = await Promise.all([watchesOf(db, token), enter(db, token, tenant.slug)]);
  const lets = watches && entered?.tenant.id === tenant.id && may(entered.role, "overview.read");
  return lets ? earsOf(tenant.id) : null;
}

/** One tenant's news, and no other's. */
export const earsOf = (tenantId: string): Ears => ({ everything: false, names: new Set([newsName(tenantId)]) });
