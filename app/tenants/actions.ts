// What platform administrators do: tenants and people.
"use server";
import { revalidatePath } from "next/cache";
import { platformAction } from "@/app/_server/action";
import { sessionToken } from "@/app/_server/auth";
import { absolute } from "@/app/_server/links";
import { platformDisable, platformFactor, platformPerson, platformRole } from "@/domain/person/schema";
import * as people from "@/domain/platform/people";
import { removeFactorsOf, saveRequired } from "@/domain/platform/second-factor";
import { tenantClose, tenantMake, tenantReopen } from "@/domain/tenant/schema-edit";
import { closeTenant as close, makeTenant as make, reopenTenant as reopen } from "@/domain/tenant/store-platform";
import { enter } from "@/domain/tenant/view";
import { Refusal } from "@/lib/errors";

export const makeTenant = platformAction("platform.tenants", tenantMake, async ({ scope }, given) => {
  const made = await make(scope, given);
  revalidatePath("/tenants");
  return made;
});

export const closeTenant = platformAction("platform.tenants", tenantClose, async ({ scope, now }, { slug, typed }) => {
  if (typed !== slug) throw new Refusal(`Type “${slug}” to close it.`);
  const entered = await enter(scope.db, (await sessionToken()) ?? "", slug);
  if (!entered) throw new Refusal("There is no such tenant.");
  await close(scope, entered.tenant, now);
  revalidatePath("/tenants", "layout");
});

export const reopenTenant = platformAction("platform.tenants", tenantReopen, async ({ scope, now }, { slug }) => {
  const entered = await enter(scope.db, (await sessionToken()) ?? "", slug);
  if (!entered) throw new Refusal("There is no such tenant.");
  await reopen(scope, entered.tenant, now);
  revalidatePath("/tenants", "layout");
});

export const addPerson = platformAction(
  "platform.people",
  platformPerson,
  async ({ scope, now }, given) => {
    const { email, link } = await people.addPlatformPerson(scope, given, now);
    revalidatePath("/tenants/people");
    return { email, link: link && { ...link, url: absolute(link.path) } };
  },
  { fresh: true },
);

export const changePlatformRole = platformAction(
  "platform.people",
  platformRole,
  async ({ scope, now }, given) => {
    await people.changePlatformRole(scope, given, now);
    revalidatePath("/tenants/people");
  },
  { fresh: true },
);

/** Enabling lets somebody in again; disabling could shut out those who would notice. */
export const disablePerson = platformAction(
  "platform.people",
  platformDisable,
  async ({ scope, now }, given) => {
    await people.disablePerson(scope, given, now);
    revalidatePath("/tenants/people");
  },
  { fresh: true },
);

export const requireFactor = platformAction(
  "platform.people",
  platformFactor,
  async ({ scope }, given) => {
    await saveRequired(scope, given.roles);
    revalidatePath("/tenants/people");
  },
  { fresh: true },
);

export const removeFactors = platformAction(
  "platform.people",
  platformDisable.pick({ personId: true }),
  async ({ scope, now }, { personId }) => {
    await removeFactorsOf(scope, personId, now);
    revalidatePath("/tenants/people");
  },
  { fresh: true },
);

export const makePersonLink = platformAction(
  "platform.people",
  platformDisable.pick({ personId: true }),
  async ({ scope, now }, given) => {
    const { email, link } = await people.makePersonLink(scope, given, now);
    return { email, link: { ...link, url: absolute(link.path) } };
  },
  { fresh: true },
);
