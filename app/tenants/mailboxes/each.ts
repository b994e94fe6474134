// Into each tenant by its own door, with the person's role there; what is found or written there goes through its scope.
import { type TenantDoor, tryTenant } from "@/app/_server/scope";
import { type Grant, may } from "@/domain/access";
import { changeBackOne, changeOne, type Planned, planMany, whyUnchanged } from "@/domain/mailbox/many";
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

export interface Written {
  done: Seen[];
  failed: { id: string; message: string }[];
}

type Work = { change: ManyChange | "back"; named: string; now: Date };

/** One by one: one that can't be changed holds up no other, and the answer names it. */
export async function writeEach(items: readonly Seen[], grant: Grant, { change, named, now }: Work): Promise<Written> {
  const written: Written = { done: [], failed: [] };
  for (const item of items) {
    const door = await doorOf(item.slug, grant);
    try {
      if (typeof door === "string") throw new Refusal(door);
      const version =
        change === "back"
          ? await changeBackOne(door.scope, item, now)
          : await changeOne(door.scope, item, change, { named, now });
      written.done.push({ ...item, version });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      written.failed.push({ id: item.id, message: whyUnchanged(error) });
    }
  }
  return written;
}

/** The tenant's door, or why there is none. */
async function doorOf(slug: string, grant: Grant): Promise<TenantDoor | string> {
  const door = (await tryTenant(slug))?.door;
  if (!door) return "Its tenant is not there any more.";
  if (door.tenant.state === "closed") return "Its tenant is closed.";
  return may(door.role, grant) ? door : "Your role can't do this. Ask an administrator.";
}
