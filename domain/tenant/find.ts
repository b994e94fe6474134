// Finding where to go, over all that a person may enter: for the palette.
import { hashOf } from "@/domain/person/token";
import type { Db } from "@/lib/db";

export interface Place {
  kind: "tenant" | "mailbox";
  slug: string;
  tenant: string;
  id: string;
  name: string;
  /** a tenant's short name; a mailbox's user name and host */
  detail: string;
}

const longestWords = 100;

/** At most `limit` tenants and as many mailboxes with all of these words in name or address. Nobody's session finds nothing. */
export async function findPlaces(db: Db, token: string, words: string, limit: number): Promise<Place[]> {
  const patterns = words
    .replaceAll("\0", "")
    .slice(0, longestWords)
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => `%${word.replace(/[\\%_]/g, "\\$&")}%`);
  if (patterns.length === 0) return [];
  const { rows } = await db.pool.query<Place>("select * from portal_find($1, $2, $3)", [
    hashOf(token),
    patterns,
    limit,
  ]);
  return rows;
}
