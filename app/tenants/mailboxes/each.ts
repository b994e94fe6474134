// Into each tenant by its own door, with the person's role there; what is found or written there goes through its scope.
import { type Told, told } from "@/app/_server/many";
import { type TenantDoor, tryTenant } from "@/app/_server/scope";
import { type Grant, may } from "@/domain/access";
import { changeEach, type ManyWork, type Planned, planMany } from "@/domain/mailbox/many";
import type { ManyChange, Seen } from "@/domain/mailbox/many-schema";
import { Refusal } from "@/lib/errors";

export interface PlannedHere extends Planned {
  slug: string;
  tenant: string;
}

/** Tenants beside each other: each takes a connection of its own. */
const atOnce = 4;

export async function planEach(
  wanted: readonly { slug: string; id: string }[],
  change: ManyChange,
): Promise<PlannedHere[]> {
  const slugs = [...new Set(wanted.map(({ slug }) => slug))].sort();
  const planned: PlannedHere[] = [];
  for (let n = 0; n < slugs.length; n += atOnce) {
    const parts = await Promise.all(slugs.slice(n, n + atOnce).map((slug) => planIn(slug, wanted, change)));
    planned.push(...parts.flat());
  }
  return planned;
}

async function planIn(slug: string, wanted: readonly { slug: string; id: string }[], change: ManyChange) {
  const door = await doorOf(slug, change.do === "settings" ? "mailbox.edit" : "mailbox.run");
  if (typeof door === "string") return [];
  const ids = wanted.filter((one) => one.slug === slug).map(({ id }) => id);
  const found = await planMany(door.scope, ids, change);
  return found.map((one) => ({ ...one, slug, tenant: door.tenant.name }));
}

/** One by one, see changeEach. Each is written with the person's role in its own tenant. */
export const writeEach = async (
  items: readonly Seen[],
  grant: Grant,
  change: ManyWork,
  how: { named: string; now: Date },
): Promise<Told<Seen>> => {
  const enter = async ({ slug }: Seen) => {
    const door = await doorOf(slug, grant);
    if (typeof door === "string") throw new Refusal(door);
    return door.scope;
  };
  return told(await changeEach(enter, items, change, how), "mailboxes of all tenants");
};

/** The tenant's door, or why there is none. */
async function doorOf(slug: string, grant: Grant): Promise<TenantDoor | string> {
  const door = (await tryTenant(slug))?.door;
  if (!door) return "Its tenant is not there any more.";
  if (door.tenant.state === "closed") return "Its tenant is closed.";
  return may(door.role, grant) ? door : "Your role can't do this. Ask an administrator.";
}
