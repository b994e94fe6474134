// What the address of the page asks for: which mailboxes, and from where in the list.
import { type EveryFilter, everyFilter, everyStates } from "@/domain/mailbox/every";
import { protocols } from "@/domain/mailbox/schema";

export type Params = Record<string, string | string[] | undefined>;

export interface Asked {
  filter: EveryFilter;
  filtered: boolean;
  after: { slug: string; name: string } | null;
  to: (after?: { slug: string; name: string }) => string;
}

export function askedOf(params: Params): Asked {
  const get = (key: string) => (typeof params[key] === "string" ? params[key].trim() : "") || undefined;
  const parsed = everyFilter.parse({
    host: get("host")?.toLowerCase(),
    protocol: protocols.find((one) => one === get("protocol")),
    state: everyStates.find((one) => one === get("state")),
    tenant: get("tenant"),
    text: get("text"),
  });
  const filter: EveryFilter = Object.fromEntries(Object.entries(parsed).filter(([, value]) => value));
  const [slug, name] = [get("after"), get("name")];
  return {
    filter,
    filtered: Object.keys(filter).length > 0,
    after:
      slug && name
        ? { slug: slug.slice(0, 63).replaceAll("\0", ""), name: name.slice(0, 64).replaceAll("\0", "") }
        : null,
    to: (after) => {
      const query = new URLSearchParams();
      for (const [key, value] of Object.entries(filter)) if (value) query.set(key, value);
      if (after) query.set("after", after.slug);
      if (after) query.set("name", after.name);
      return query.size > 0 ? `/tenants/mailboxes?${query}` : "/tenants/mailboxes";
    },
  };
}
