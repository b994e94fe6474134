// A mail's place: the first of these that any of its recipients is in (a server can take one and refuse another).
import type { Sql } from "@/domain/scope";

/** In order: what still needs the ferry or a person comes before what is over. */
export const places = ["waiting", "held", "badmail", "expired", "deleted", "discarded", "delivered", "merged"] as const;
export type Place = (typeof places)[number];

/** The mail's own place stands where it has no recipients: not routed yet, or held, discarded, deleted as a whole. */
export const placeOf = (own: Place, recipients: readonly Place[]): Place =>
  places.find((place) => recipients.includes(place)) ?? own;

/**
 * Recomputes the mail's place from its recipients, in the transaction that changed them. A mail that nothing waits in is
 * settled; one that waits again after it was settled becomes ready. Other states (leased, uncertain) are their owner's.
 */
export async function settlePlace(sql: Sql, tenantId: string, mailId: string): Promise<Place> {
  const [row] = await sql.query<{ place: Place }>(
    `with found as (
       select (array_agg(r.place order by array_position($3::text[], r.place)))[1] as place
       from recipient r where r.tenant_id = $1::uuid and r.mail_id = $2::uuid)
     update mail m set
       place = coalesce(found.place, m.place),
       state = case
         when coalesce(found.place, m.place) <> 'waiting' then 'settled'
         when m.state = 'settled' then 'ready'
         else m.state end,
       settled_at = case when coalesce(found.place, m.place) = 'waiting' then null else coalesce(m.settled_at, now()) end
     from found where m.tenant_id = $1::uuid and m.id = $2::uuid
     returning m.place`,
    [tenantId, mailId, places],
  );
  if (!row) throw new Error(`no mail ${mailId} to settle`);
  return row.place;
}
