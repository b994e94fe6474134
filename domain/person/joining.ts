// Joining: before an account of one tenant counts elsewhere too. Whoever invites a person sees the one-time link and could
// set the password in the person's place; what opens one tenant must not open another.
import type { Sql } from "@/domain/scope";
import { Refusal } from "@/lib/errors";

/**
 * Locks the person, ends the links that administrators of other tenants saw, and throws a Refusal if one of those may know
 * the password. `place`: the tenant that the person joins, or null for the platform.
 */
export async function requireOwnPassword(sql: Sql, personId: string, place: string | null, now: Date): Promise<void> {
  const [person] = await sql.query<{ email: string; seen: boolean }>(
    `select email, password_hash is not null and password_seen_in is not null
       and password_seen_in is distinct from $2::uuid as seen
     from person where id = $1::uuid for update`,
    [personId, place],
  );
  if (!person) throw new Error("the person who joins is missing");
  await sql.query(
    `update one_time_link set used_at = $3::timestamptz
     where person_id = $1::uuid and used_at is null and seen_in is not null and seen_in is distinct from $2::uuid`,
    [personId, place, now],
  );
  if (person.seen)
    throw new Refusal(
      `${person.email} set the password with a link that another company's administrator saw too. Whoever runs Mailferry ` +
        "makes a new link (People, Reset password); add them once they have used it.",
    );
}
