// What a page knows of the tenant it stands in.
import type { Role } from "@/domain/access";
import type { Person } from "@/domain/person/session";
import { hashOf } from "@/domain/person/token";
import type { Db } from "@/lib/db";

export interface TenantView {
  id: string;
  slug: string;
  name: string;
  site: string;
  timeZone: string;
  contact: string;
  state: "active" | "closed";
  closedAt: Date | null;
}

export interface Entered {
  tenant: TenantView;
  role: Role;
}

/** Asks SQL whether this session's person may be in this tenant. Null for all reasons why not. */
export async function enter(db: Db, token: string, slug: string): Promise<Entered | null> {
  const { rows } = await db.pool.query<{
    tenant_id: string;
    slug: string;
    name: string;
    site: string;
    time_zone: string;
    contact: string;
    state: "active" | "closed";
    closed_at: Date | null;
    role: Role;
  }>("select * from portal_enter($1, $2)", [hashOf(token), slug.slice(0, 63).replaceAll("\0", "")]);
  const row = rows[0];
  if (!row) return null;
  const tenant = {
    id: row.tenant_id,
    slug: row.slug,
    name: row.name,
    site: row.site,
    timeZone: row.time_zone,
    contact: row.contact,
    state: row.state,
    closedAt: row.closed_at,
  };
  return { tenant, role: row.role };
}

export const actorOf = (person: Person) => ({ kind: "person", personId: person.personId, name: person.name }) as const;
